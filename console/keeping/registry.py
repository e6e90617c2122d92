from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.functional import Promise

from wechat.sealed import SealedField

from ..masking import is_personal


@dataclass(frozen=True)
class Kept:
    """How one model is kept.

    ends: kinds of `settings.KEEP_DAYS` after which rows, or files of them, are deleted; why: why rows have no end of
    their own; personal: columns that hold a person's data, beside those whose names say so, and pictures of people's
    papers; secret: columns that leave the console in no form; left_out: why the export leaves the model out.
    buyer: ways from a row to the openid of its buyer; blank: what columns hold once the buyer was erased;
    without it their rows are deleted.
    """

    label: str
    ends: tuple[str, ...] = ()
    why: str | Promise = ""
    personal: frozenset[str] = frozenset()
    secret: frozenset[str] = frozenset()
    left_out: str | Promise = ""
    buyer: tuple[str, ...] = ()
    blank: Mapping[str, Any] = field(default_factory=dict)

    def is_personal(self, column: models.Field) -> bool:
        return self.is_personal_name(column.name) or isinstance(column, SealedField)

    def is_personal_name(self, name: str) -> bool:
        return name in self.personal or is_personal(name)


_kept: dict[str, Kept] = {}


def keep(
    *labels: str,
    ends: Iterable[str] = (),
    why: str | Promise = "",
    personal: Iterable[str] = (),
    secret: Iterable[str] = (),
    left_out: str | Promise = "",
    buyer: Iterable[str] = (),
    blank: Mapping[str, Any] | None = None,
) -> None:
    """Say how models (`app.Model`) are kept: they end after some days, or there is a reason why they do not."""
    for label in labels:
        _kept[label] = Kept(
            label, tuple(ends), why, frozenset(personal), frozenset(secret), left_out, tuple(buyer), blank or {}
        )


def of(model: type[models.Model]) -> Kept:
    """How a model is kept; a table that joins two models is kept as the first of them. Raises KeyError."""
    joined: Any = model._meta.auto_created  # the model whose field made the table
    return _kept[(joined or model._meta.concrete_model or model)._meta.label]


def kept_models() -> list[Kept]:
    return sorted(_kept.values(), key=lambda kept: kept.label)


def of_buyers() -> list[Kept]:
    """The models whose rows belong to buyers."""
    return [kept for kept in kept_models() if kept.buyer]


def model_of(kept: Kept) -> type[models.Model]:
    return apps.get_model(kept.label)


def files_of(model: type[models.Model]) -> Iterator[models.FileField]:
    yield from (column for column in model._meta.concrete_fields if isinstance(column, models.FileField))
