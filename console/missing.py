"""Missing fields of an operation: kept in the session over the redirect, then marked on the record's page."""

from typing import Any

from django.contrib import messages
from django.db import models
from django.forms.utils import ErrorDict, ErrorList
from django.http import HttpRequest
from django.utils.translation import gettext as _

from wechat.steps.errors import Incomplete

from .unknown_outcomes import ResolvingAdmin


class MissingAdmin(ResolvingAdmin):
    """A record's page that shows at each field why an operation was not possible."""

    def _say_missing(self, request: HttpRequest, record: models.Model, missing: Incomplete, saved: bool) -> None:
        fields = {field: [str(line) for line in lines] for field, lines in missing.fields.items()}
        if request.POST.get("next"):  # the button was on another page, which has none of these fields
            messages.error(request, " ".join([_("Not sent:"), *(line for lines in fields.values() for line in lines)]))
        else:
            request.session["missing"] = {"of": self._name_of(record), "saved": saved, "fields": fields}

    def mark_elsewhere(self, context: dict[str, Any], fields: dict[str, list[str]]) -> dict[str, list[str]]:
        """For forms with tables (formsets): mark the fields in them, and return the fields that are not in them."""
        return fields

    def _mark_missing(self, request: HttpRequest, context: dict[str, Any], obj: models.Model) -> dict[str, Any] | None:
        """After an operation that was not sent: mark missing fields on the form, and return the rest for the note."""
        form = context["adminform"].form
        missing = request.session.get("missing") or {}
        if missing.get("of") != self._name_of(obj) or form.is_bound:
            return None
        del request.session["missing"]
        errors, lines, rest = ErrorDict(), [], self.mark_elsewhere(context, missing["fields"])
        for name, sentences in rest.items():
            if name in form.fields:
                errors.setdefault(name, ErrorList()).extend(sentences)
            else:
                lines += sentences
        form._errors = errors
        return {
            "saved": missing.get("saved"),
            "marked": bool(errors) or rest.keys() != missing["fields"].keys(),
            "lines": lines,
        }

    def _name_of(self, record: models.Model) -> str:
        return f"{self.opts.label_lower}/{record.pk}"
