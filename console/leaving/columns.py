"""What goes out of each table, and how a value is written."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models

from wechat.models import Callback
from wechat.sealed import SealedField

from .. import sealed_edits
from ..keeping import of
from ..masking import mask, masked
from ..models import Edit

Write = Callable[[Any], Any]


class Column(NamedTuple):
    name: str
    attribute: str  # as a query names it
    label: str
    personal: bool
    write: Write


def exported() -> list[type[models.Model]]:
    """The models that go out, with the tables that join two of them, by name."""
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label != "sandbox"]
    found = [model for model in found if not model._meta.proxy]  # the rows of another one
    return sorted((model for model in found if not of(model).left_out), key=lambda model: model._meta.label)


def columns_of(model: type[models.Model], *, clear: bool) -> list[Column]:
    """The columns of a table that go out; personal ones are masked unless `clear`."""
    kept = of(model)
    found = []
    for field in model._meta.concrete_fields:
        if field.name not in kept.secret:
            personal = kept.is_personal(field) and not field.is_relation
            write = _writer(model, field)
            if not clear:
                write = _masking(write, personal)
            found.append(Column(field.name, field.attname, str(field.verbose_name), personal, write))
    return found


def _writer(model: type[models.Model], field: models.Field) -> Write:
    if model is Callback and field.name == "body":
        return _message
    if model is Edit and field.name == "changes":
        return sealed_edits.opened
    if field.is_relation and field.related_model is ContentType:
        return _kind
    if isinstance(field, models.BigIntegerField) and field.name.endswith("_id") and field.name != "object_id":
        return lambda value: None if value is None else str(value)  # a platform's id has 64 bits
    if isinstance(field, SealedField):
        return lambda value: value or None
    return plain


def plain(value: Any) -> Any:
    """A value as JSON has it; times in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    return str(value) if isinstance(value, Decimal) or not isinstance(value, bytes) else value.hex()


def _message(body: Any) -> Any:
    """A message of WeChat as it was read; None where it can no longer be: its key was destroyed with its buyer."""
    try:
        return dict(Callback(body=bytes(body)).message)
    except Exception:  # what WeChat sent may be anything
        return None


def _kind(pk: int | None) -> str | None:
    if pk is None:
        return None
    kind = ContentType.objects.get_for_id(pk)
    return f"{kind.app_label}.{kind.model}"


def _masking(write: Write, personal: bool) -> Write:
    """Personal columns are masked whole, and personal fields inside of JSON."""

    def written(value: Any) -> Any:
        shown = write(value)
        if isinstance(shown, dict | list):
            return _hidden(shown) if personal else masked(shown)
        return mask(shown) if personal and shown not in (None, "") else shown

    return written


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _hidden(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_hidden(inner) for inner in value]
    return mask(value) if isinstance(value, str) else value


def cell(value: Any) -> str:
    """A value as the CSV has it."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)
