"""Masking on pages, and the trace of reveals."""

from django.contrib.contenttypes.models import ContentType
from django.db import models

from wechat.masking import PERSONAL, mask, masked
from wechat.steps import actors

from .models import Reveal

__all__ = ["mask", "masked", "reveal", "shown"]


def is_personal(field: str) -> bool:
    """Whether a field holds a person's data, also with a prefix, such as `address_tel_number`."""
    return field in PERSONAL or field.endswith("openid") or any(field.endswith(f"_{name}") for name in PERSONAL)


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
