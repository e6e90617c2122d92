"""Masking on pages, and the trace of reveals."""

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from wechat.masking import PERSONAL, mask, masked
from wechat.steps import actors

from .models import Reveal

__all__ = ["mask", "masked", "reveal", "shown"]


def is_personal(field: str) -> bool:
    """Whether a field holds a person's data, also with a prefix, such as `address_tel_number`."""
    return field in PERSONAL or field.endswith("openid") or any(field.endswith(f"_{name}") for name in PERSONAL)


def is_guessable(model: type[models.Model], lookup: str) -> bool:
    """Whether counting the rows of `?<lookup>=` would tell letter by letter what pages mask or do not show."""
    parts = lookup.split("__")
    if any(is_personal(part) or part.endswith(("hash", "digest", "password")) for part in parts):
        return True
    try:
        field = model._meta.get_field(parts[0])
    except FieldDoesNotExist:
        return False
    return isinstance(field, models.JSONField | models.BinaryField)


def shown(field: str, value: object) -> str:
    """A field's value as the timeline shows it, personal data masked."""
    if isinstance(value, dict):
        return str(masked(value))
    return mask(value) if is_personal(field) and value else str(value)


def reveal(record: models.Model, what: str, reason: str) -> Reveal:
    """Store the trace of a reveal; only then may the caller show the value."""
    actor = actors.current()
    return Reveal.objects.create(
        user=actor.user,
        door=actor.door,
        content_type=ContentType.objects.get_for_model(record),
        object_id=record.pk,
        what=what,
        reason=reason,
    )
