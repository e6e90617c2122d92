"""The columns whose values are sealed, and their values as they are stored."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models
from django.db.models import Func
from django.db.models.functions import Cast

from wechat.models import AccessToken, Callback
from wechat.sealed import NAME, SealedField, Unreadable, unseal

CHUNK = 500  # rows
# Begin values that none of FIELD_KEYS sealed: those that were emptied, and those under a key of one buyer.
NOT_SEALED = (b"", b"\x00buy")


class KeyName(Func):
    """The name of the key that sealed a value, which is read as it is."""

    template = f"SUBSTR(%(expressions)s, 1, {NAME})"
    output_field = models.BinaryField()


class Column(NamedTuple):
    model: type[models.Model]
    name: str

    def __str__(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    @property
    def field(self) -> Any:
        return self.model._meta.get_field(self.name)

    def rows(self) -> models.QuerySet:
        """Those that have a value; `raw` is the sealed one, and `sealed_by` the name of its key."""
        # Cast: a sealed field that is read as itself is decrypted at once.
        raw = Cast(self.name, models.BinaryField())
        rows = self.model._base_manager.using("default").exclude(**{self.name: None})
        return rows.annotate(raw=raw, sealed_by=KeyName(raw)).exclude(sealed_by__in=NOT_SEALED).order_by("pk")

    def under(self, *names: bytes) -> models.QuerySet:
        """Those that a key of these names sealed."""
        return self.rows().filter(sealed_by__in=names)

    def under_others(self, *names: bytes) -> models.QuerySet:
        return self.rows().exclude(sealed_by__in=names)

    def ends(self) -> list[bytes]:
        """The oldest and the newest value."""
        values = self.rows().values_list("raw", flat=True)
        return [bytes(value) for value in (values.first(), values.last()) if value]


def columns() -> list[Column]:
    """All of them, the token's first; a message's body is sealed by hand, as WeChat waits for that one statement."""
    found = [
        Column(model, field.name)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, SealedField)
    ]
    return sorted([*found, Column(Callback, "body")], key=lambda column: column.model is not AccessToken)


def opens(value: bytes) -> bool:
    try:
        unseal(value)
    except Unreadable:
        return False
    return True


def chunks(rows: models.QuerySet) -> Iterator[list[tuple[Any, bytes]]]:
    """(key, sealed value) of the rows, so many at a time; what the loop changes moves no other row."""
    pairs = rows.values_list("pk", "raw")
    chunk = list(pairs[:CHUNK])
    while chunk:
        yield [(pk, bytes(value)) for pk, value in chunk]
        chunk = list(pairs.filter(pk__gt=chunk[-1][0])[:CHUNK])
