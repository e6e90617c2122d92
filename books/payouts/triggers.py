"""The database keeps what is closed as it is, and two rates of one reach apart.

The rows and figures of a closed period are neither changed, added to nor deleted; only a payment is noted, once.
"""

from collections.abc import Iterator

from console.guards import Guards, Rule, differs

from .models import Commission, Period, Rate, Statement

MODELS = (Rate, Period, Statement, Commission)
RATES, PERIODS, STATEMENTS, ROWS = (model._meta.db_table for model in MODELS)
PAYMENT = ("paid_by_id", "paid_at", "bank_no")  # of a statement: what a closed one may still get
# Two transactions that add a rate of one reach do not see each other's: the second waits for the first.
LOCK = "PERFORM pg_advisory_xact_lock(NEW.scope);"
FROZEN = "a closed period is not changed"
CLOSED = f"{PERIODS} p WHERE NOT p.is_open AND p.id"


def _rules(vendor: str) -> Iterator[Rule]:
    yield from _of_rates()
    of_row = f"EXISTS (SELECT 1 FROM {STATEMENTS} s, {CLOSED} = s.period_id AND s.id = {{row}}.statement_id)"  # noqa: S608
    for on, rows in (("INSERT", ["NEW"]), ("UPDATE", ["OLD", "NEW"]), ("DELETE", ["OLD"])):
        yield Rule(ROWS, on, " OR ".join(of_row.format(row=row) for row in rows), FROZEN)
    of_statement = f"EXISTS (SELECT 1 FROM {CLOSED} = {{row}}.period_id)"  # noqa: S608
    yield Rule(STATEMENTS, "INSERT", of_statement.format(row="NEW"), FROZEN)
    yield Rule(STATEMENTS, "DELETE", of_statement.format(row="OLD"), FROZEN)
    figures = [field for field in Statement._meta.concrete_fields if field.column not in PAYMENT]
    changed = f"{of_statement.format(row='OLD')} AND (OLD.paid_at IS NOT NULL OR {differs(vendor, figures)})"
    moved = f"NEW.period_id <> OLD.period_id AND {of_statement.format(row='NEW')}"
    yield Rule(STATEMENTS, "UPDATE", f"{changed} OR {moved}", FROZEN)
    for on in ("UPDATE", "DELETE"):
        yield Rule(PERIODS, on, "NOT OLD.is_open", FROZEN)


def _of_rates() -> Iterator[Rule]:
    overlaps = f"""EXISTS (SELECT 1 FROM {RATES} WHERE scope = NEW.scope{{other}}
        AND (valid_until IS NULL OR valid_until >= NEW.valid_from)
        AND (NEW.valid_until IS NULL OR valid_from <= NEW.valid_until))"""  # noqa: S608  names of our own tables
    # In SQLite a row that is being added has no id yet.
    for on, other in (("INSERT", ""), ("UPDATE", " AND id <> NEW.id")):
        yield Rule(RATES, on, overlaps.format(other=other), "rates of one reach overlap", LOCK)


guards = Guards("payouts_keep_", "payouts", MODELS, _rules)
make, make_room, drop = guards.make, guards.make_room, guards.drop
