"""A period is closed by one person, and its pay-outs are marked as paid by another: each once, with a bank's number."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from console.edits import trace_edit
from console.models import APIKey
from console.money import yuan
from wechat.steps.errors import Conflict

from .models import Period, Statement

BANK_NO = re.compile(r"[A-Za-z0-9-]{4,64}", re.ASCII)
LINE = re.compile(r"\s*P?(\d+)-(\d+)[\s,，;；]+(\S+)\s*", re.ASCII)
MOST = 2_000  # lines of a pasted list


def close(period: Period, user: Any, run: int) -> None:
    """Freeze the figures that the person saw (`run`). Raises Conflict."""
    with transaction.atomic():
        period = Period.objects.select_for_update().get(pk=period.pk)
        if not period.is_open:
            raise Conflict(_("It is closed already."))
        if not period.is_over:
            raise Conflict(_("Its last day is not over yet."))
        if period.computed_at is None or period.run != run:
            raise Conflict(_("It was reckoned again since the page was shown. Look at the figures, then close it."))
        if not period.is_reckoned_whole:
            raise Conflict(_("It was reckoned before its last day was over: have it reckoned again first."))
        person = APIKey.objects.person_behind(user)
        Statement.objects.filter(period=period).update(closed_by=person)
        Period.objects.filter(pk=period.pk).update(is_open=False, closed_by=person, closed_at=timezone.now())
        trace_edit(period, {"closed_by": ["", person.get_username()], "payable": ["", yuan(period.payable, "¥")]})


def pay(statement: Statement, user: Any, bank_no: str) -> None:
    """Mark a pay-out as paid. Raises Conflict for who closed it, where it was paid, and for a number used before."""
    bank_no = bank_no.strip()
    if not BANK_NO.fullmatch(bank_no):
        raise Conflict(_("The bank's number has 4 to 64 letters and digits."))
    person = APIKey.objects.person_behind(user)
    statement = Statement.objects.get(pk=statement.pk)
    if statement.closed_by_id == person.pk:
        raise Conflict(_("You closed this period: somebody else has to pay."))
    try:
        with transaction.atomic():
            mine = Statement.objects.to_pay().filter(pk=statement.pk).exclude(closed_by=person)
            if not mine.update(paid_by=person, paid_at=timezone.now(), bank_no=bank_no):
                raise Conflict(_("It is not to be paid: %(state)s.") % {"state": statement.state_label})
            trace_edit(statement, {"paid_by": ["", person.get_username()], "bank_no": ["", bank_no]})
    except IntegrityError:
        raise Conflict(_("This number is at another pay-out already.")) from None


class Paid(NamedTuple):
    """A line of a pasted list, and why it was not marked; "" where it was."""

    text: str
    fault: str


def pay_many(period: Period, text: str, user: Any) -> list[Paid]:
    """Mark pay-outs as paid from a list: their number and the bank's, one a line. One bad line stops no other."""
    return [Paid(line.strip(), _pay_line(period, line, user)) for line in _lines(text)]


def _lines(text: str) -> Iterable[str]:
    return [line for line in text.splitlines() if line.strip()][:MOST]


def _pay_line(period: Period, line: str, user: Any) -> str:
    match = LINE.fullmatch(line)
    if not match:
        return _("A line has the pay-out's number and the bank's, such as P3-17 2026120100012345.")
    found = Statement.objects.filter(pk=int(match[2]), period=period) if int(match[1]) == period.pk else None
    statement = found.first() if found is not None and len(match[2]) < 18 else None
    if statement is None:
        return _("There is no such pay-out in this period.")
    try:
        pay(statement, user, match[3])
    except Conflict as conflict:
        return str(conflict)
    return ""
