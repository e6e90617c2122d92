"""The page between choosing many rows and acting on them: what, how many, how much money, and which rows cannot.

Nothing is done before its count comes back with the form; a list that has changed meanwhile is shown anew.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _

from wechat.steps.errors import Conflict, Incomplete
from wechat.steps.operations import Operation, SecondPerson

from . import approvals
from .bulk_forms import BulkForm
from .cautions import cautions_of
from .edits import save_traced
from .links import record_link
from .money import yuan

LOOKED_AT = 500  # chosen rows that are asked beforehand whether they can be done
SHOWN = 10  # rows named on the page

Reason = Callable[[Any], str]  # of a record: why it cannot be done; "" where it can


class Line(NamedTuple):
    link: str
    amount: str = ""
    goods: str = ""
    why: str = ""


class Confirmation:
    """One list action on the chosen rows, as the page shows it; `is_given` once a person has confirmed it."""

    def __init__(
        self,
        model_admin: Any,
        request: HttpRequest,
        chosen: QuerySet,
        label: str | Promise,
        *,
        question: str | Promise = "",
        typed_above: int | None = None,
        why_not: Reason | None = None,
        form: type[BulkForm] | None = None,
        second: SecondPerson | None = None,
        why_second: Callable[[int], str] = lambda count: "",
        asks: Callable[[Any], str | Promise] | None = None,
        sends_to: str = "",
        back: str = "",
    ) -> None:
        self.admin, self.request, self.label, self.question = model_admin, request, label, question
        self.sends_to, self.back = sends_to, back or request.get_full_path()
        posted = request.POST if "confirmed" in request.POST else None
        self.form = form(posted) if form else None
        self.blocked = [(row, why) for row in chosen[:LOOKED_AT] if (why := why_not(row))] if why_not else []
        self.rows = chosen.exclude(pk__in=[row.pk for row, _why in self.blocked]) if self.blocked else chosen
        self.count = self.rows.count()
        self.is_typed = typed_above is not None and self.count > typed_above
        self.why_second = why_second(self.count)
        looked_at = list(self.rows[:LOOKED_AT])
        self.second = sum(1 for row in looked_at if second.needs(row)) if second else 0
        said = cautions_of(looked_at)
        sentences = ((row, [asks(row) if asks else "", *said.get(row.pk, [])]) for row in looked_at)
        self.cautions = [
            (row, why) for row, lines in sentences if (why := " ".join(str(line) for line in lines if line))
        ]

    @property
    def is_given(self) -> bool:
        """Whether this very number of rows was confirmed, and typed where it has to be, with what the form asks for."""
        posted = [self.request.POST.get("confirmed"), *([self._typed] if self.is_typed else [])]
        same = set(posted) == {str(self.count)} and self.request.POST.get("amount", "") == self.amount
        return self.count > 0 and same and (self.form is None or self.form.is_valid())

    @property
    def _typed(self) -> str:
        return self.request.POST.get("typed", "").strip()

    def keep_answers(self) -> None:
        """Store on every row, traced as an edit, what was asked once for all of them."""
        if self.form is None:
            return
        values = self.form.values()
        with transaction.atomic():
            for record in self.rows:
                save_traced(record, **values)

    def page(self) -> TemplateResponse:
        context = {
            **self.admin.admin_site.each_context(self.request),
            "opts": self.admin.opts,
            "title": str(self.label),
            "asked": self,
            "amount": self.amount,
            "lines": [self._line(row) for row in self.rows[:SHOWN]],
            "caution_lines": [Line(record_link(row), why=why) for row, why in self.cautions[:SHOWN]],
            "blocked_lines": [Line(record_link(row), why=why) for row, why in self.blocked[:SHOWN]],
            "looked_at": LOOKED_AT if self.count + len(self.blocked) > LOOKED_AT else 0,
            "fault": self._fault(),
            "hidden": list(self._hidden()),
            "media": self.form.media if self.form else "",
        }
        return TemplateResponse(self.request, "admin/confirm_many.html", context)

    def _line(self, row: models.Model) -> Line:
        return Line(record_link(row), self._amount_of(row), getattr(row, "goods_label", ""))

    def _fault(self) -> str:
        confirmed = self.request.POST.get("confirmed")
        if confirmed is None:
            return ""
        if confirmed != str(self.count) or self.request.POST.get("amount", "") != self.amount:
            return _("The list has changed meanwhile: look again.")
        if self.is_typed and self._typed != str(self.count):
            return _("Type %(count)d to go on. Nothing has been done.") % {"count": self.count}
        return ""

    @cached_property
    def amount(self) -> str:
        """Of all rows, as the page shows it and posts it back; "" where the list has no money."""
        column = self.admin.money_column
        if not column:
            return ""
        return yuan(self.rows.order_by().aggregate(sum=models.Sum(column))["sum"] or 0, "¥")

    def _amount_of(self, row: models.Model) -> str:
        column = self.admin.money_column
        return yuan(getattr(row, column), "¥") if column else ""

    def _hidden(self) -> Iterable[tuple[str, str]]:
        """What the list posted: the action and the chosen rows."""
        post = self.request.POST
        for name in ("action", "select_across", "next", "mark"):
            if name in post:
                yield name, post[name]
        chosen = post.getlist(ACTION_CHECKBOX_NAME)
        for key in chosen[:1] if post.get("select_across") == "1" else chosen:
            yield ACTION_CHECKBOX_NAME, key


def for_operation(
    op: Operation, model_admin: Any, request: HttpRequest, chosen: QuerySet, **where: str
) -> Confirmation:
    """The confirmation of an operation; a row that lacks only what the form asks for is not left out."""
    form = model_admin.bulk_forms.get(op)

    def why_not(record: models.Model) -> str:
        try:
            op.refuse_unless_allowed(record)
        except Incomplete as missing:
            rest = [lines for field, lines in missing.fields.items() if not form or field not in form.columns]
            return " ".join(str(line) for lines in rest for line in lines)
        except Conflict as conflict:
            return str(conflict)
        return ""

    return Confirmation(
        model_admin,
        request,
        chosen,
        op.label,
        question=op.confirm or "",
        typed_above=op.typed_above,
        why_not=why_not,
        form=form,
        second=op.second,
        why_second=lambda count: approvals.why_many(op, count, request.user),
        asks=op.asks,
        **where,
    )
