"""The database refuses to change or delete edits, their chain and its anchors.

Only what an anchor stands for may be deleted: `edit_chain.cut` writes the anchor first. Links and anchors may be signed
anew and nothing else: `edit_chain.sign_anew`. Who takes the triggers away and changes a row is found by `verify_edits`.
"""

from collections.abc import Iterator

from .guards import Guards, Rule, differs
from .models import Edit, EditAnchor, EditLink

EDITS, LINKS, ANCHORS = (model._meta.db_table for model in (Edit, EditLink, EditAnchor))
MODELS = {EDITS: Edit, LINKS: EditLink, ANCHORS: EditAnchor}
ANCHORED = f"(SELECT COALESCE(MAX(number), 0) FROM {ANCHORS})"  # noqa: S608  names of our own tables
# What may be deleted of each table; the row is OLD.
MAY_GO = {
    EDITS: f"EXISTS (SELECT 1 FROM {LINKS} WHERE edit_id = OLD.id AND number <= {ANCHORED})",  # noqa: S608
    LINKS: f"OLD.number <= {ANCHORED}",
    ANCHORS: "1 = 0",
}
SIGNED = ("key", "signature")  # columns that may change


def _rules(vendor: str) -> Iterator[Rule]:
    """SQLite replaces a row (INSERT OR REPLACE) without asking the triggers for DELETE."""
    for table, may_go in MAY_GO.items():
        says = f"{table} is append-only"
        yield Rule(table, "UPDATE", _changed(table, vendor), says)
        yield Rule(table, "DELETE", f"NOT ({may_go})", says)
        if vendor == "sqlite":
            yield Rule(table, "INSERT", f"EXISTS (SELECT 1 FROM {table} WHERE {_replaced(table)})", says)  # noqa: S608
        else:
            yield Rule(table, "TRUNCATE", "1 = 1", says)


def _changed(table: str, vendor: str) -> str:
    """Whether more than a signature is changed."""
    if table == EDITS:
        return "1 = 1"
    return differs(vendor, [field for field in MODELS[table]._meta.concrete_fields if field.column not in SIGNED])


def _replaced(table: str) -> str:
    """Which rows the new one would take the place of."""
    names = [field.column for field in MODELS[table]._meta.concrete_fields if field.unique]
    return " OR ".join(f"{name} = NEW.{name}" for name in names)


guards = Guards("append_only_", "console", tuple(MODELS.values()), _rules)
make, make_room, drop, missing = guards.make, guards.make_room, guards.drop, guards.missing
