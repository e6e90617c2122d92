"""Filters of lists: days, a text, an amount, a choice; all in the list's address, so that it can be sent and saved."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .money import fen

FEW = 2_000  # rows of an amount that are chosen by their keys
Text = Any  # a text, or one that is translated when it is shown


class InputFilter(admin.ListFilter):
    """A filter with inputs of its own: `names` are its parameters in the address."""

    template = "admin/input_filter.html"
    names: tuple[str, ...] = ()
    kind = "text"  # of the inputs

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.fault = ""
        for name in self.names:
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1].strip()

    @property
    def is_open(self) -> bool:
        """Whether it is unfolded: days, and what is in use."""
        return self.kind == "date" or any(self.used_parameters.values())

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.names)

    def value(self, name: str) -> str:
        return str(self.used_parameters.get(name, ""))

    def inputs(self) -> list[dict[str, Any]]:
        return [{"name": name, "value": self.value(name), "label": self.input_label(name)} for name in self.names]

    def input_label(self, name: str) -> Text:
        return self.title

    def presets(self) -> list[tuple[Text, dict[str, str]]]:
        return []

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """The presets as links; the template adds the inputs."""
        for text, values in self.presets():
            yield {
                "display": text,
                "query_string": changelist.get_query_string(values, [n for n in self.names if n not in values]),
                "selected": bool(values) and all(self.value(name) == values.get(name, "") for name in self.names),
            }
        others = {name: value for name, value in changelist.params.items() if name not in (*self.names, "p")}
        yield {"is_form": True, "others": others, "fault": self.fault, "inputs": self.inputs(), "kind": self.kind}


def few_or_many(queryset: QuerySet, column: str, where: dict[str, int]) -> QuerySet:
    """Rows by a column of numbers, `{"gte": 100}`: few are chosen by key, many without the column's index.

    The database cannot tell which is better: rows found by an index have to be sorted before the first can be shown;
    where there are many, those met in the list's own order are enough.
    """
    found = queryset.model._default_manager.filter(**{f"{column}__{lookup}": value for lookup, value in where.items()})
    few = list(found.order_by().values_list("pk", flat=True)[: FEW + 1])
    if len(few) <= FEW:
        return queryset.filter(pk__in=few)
    plain = queryset.alias(**{f"plain_{column}": models.F(column) + 0})
    return plain.filter(**{f"plain_{column}__{lookup}": value for lookup, value in where.items()})


def date_range(column: str, label: Text = "", prefix: str = "") -> type[InputFilter]:
    """`?since=2026-11-01&until=2026-11-30`, both days included, in Shanghai's time; a wrong date filters nothing.

    A list's second one has a prefix before these names, and is folded away until it is used.
    """
    first_name, last_name = f"{prefix}since", f"{prefix}until"

    class DateRange(InputFilter):
        title = label or gettext_lazy("day")
        names = (first_name, last_name)
        kind = "date"

        @property
        def is_open(self) -> bool:
            return not prefix or any(self.used_parameters.values())

        def input_label(self, name: str) -> Text:
            return _("from") if name == first_name else _("until")

        def presets(self) -> list[tuple[Text, dict[str, str]]]:
            if prefix:
                return []  # the list's first one has them
            today = timezone.localdate()

            def days(first: date, last: date = today) -> dict[str, str]:
                return {first_name: first.isoformat(), last_name: last.isoformat()}

            yesterday = today - timedelta(days=1)
            return [
                (_("Any"), {}),
                (_("Today"), days(today)),
                (_("Yesterday"), days(yesterday, yesterday)),
                (_("7 days"), days(today - timedelta(days=6))),
                (_("30 days"), days(today - timedelta(days=29))),
                (_("This month"), days(today.replace(day=1))),
            ]

        def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
            since, until = self._day(first_name), self._day(last_name)
            if since:
                queryset = queryset.filter(**{f"{column}__gte": self._start(queryset, since)})
            if until:
                queryset = queryset.filter(**{f"{column}__lt": self._start(queryset, until + timedelta(days=1))})
            return queryset

        def _day(self, name: str) -> date | None:
            text = self.value(name)
            try:
                day = parse_date(text) if text else None
            except ValueError:
                day = None
            if text and (day is None or not 1970 <= day.year <= 2200):
                self.fault = _("“%(text)s” is not a day, such as 2026-11-30.") % {"text": text}
                return None
            return day

        def _start(self, queryset: QuerySet, day: date) -> date | datetime:
            field = queryset.model._meta.get_field(column)
            if isinstance(field, models.DateTimeField):
                return timezone.make_aware(datetime.combine(day, time.min))
            return day

    return DateRange


def text_filter(column: str, label: Text, name: str = "") -> type[InputFilter]:
    """Rows whose column is exactly the text; a number for a column of numbers."""

    class TextFilter(InputFilter):
        title = label
        names = (name or column.rsplit("__", 1)[-1],)

        def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
            text = self.value(self.names[0])
            if not text:
                return queryset
            try:
                if "__" in column:  # a row of another table may fit twice: chosen by key, without the join
                    return queryset.filter(pk__in=queryset.filter(**{column: text}).order_by().values("pk"))
                if isinstance(queryset.model._meta.get_field(column), models.IntegerField):
                    return few_or_many(queryset, column, {"exact": int(text)})
                # "Not empty" is the condition of many indexes: the database uses them only where it is said.
                return queryset.filter(**{column: text}).exclude(**{column: ""})
            except (ValueError, ValidationError):
                self.fault = _("“%(text)s” is not possible here.") % {"text": text}
                return queryset

    return TextFilter


def amount_filter(column: str, label: Text) -> type[InputFilter]:
    """`?amount_from=10&amount_to=99.90`, in yuan, both included."""

    class AmountFilter(InputFilter):
        title = label
        names = ("amount_from", "amount_to")

        def input_label(self, name: str) -> Text:
            return _("¥ from") if name == "amount_from" else _("¥ to")

        def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
            where = {}
            for name, lookup in (("amount_from", "gte"), ("amount_to", "lte")):
                if text := self.value(name):
                    try:
                        where[lookup] = fen(text)
                    except ValidationError as error:
                        self.fault = " ".join(error.messages)
            return few_or_many(queryset, column, where) if where else queryset

    return AmountFilter


def choice_filter(column: str, label: Text, choices: dict[Any, Any]) -> type[admin.SimpleListFilter]:
    """`?<column>=…`: one of the values, which need no query to be offered."""

    class ChoiceFilter(admin.SimpleListFilter):
        title = label
        parameter_name = column

        def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
            return [(str(value), text) for value, text in choices.items()]

        def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
            known = {str(value): value for value in choices}
            chosen = self.value() or ""
            return queryset.filter(**{column: known[chosen]}) if chosen in known else queryset

    return ChoiceFilter
