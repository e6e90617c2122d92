"""A buyer's records: found by their openid, and what of them is overwritten."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from wechat.models import Step

from ..keeping import Kept, model_of, of_buyers

BATCH = 500  # SQLite takes so many values
Keys = dict[type[models.Model], list[Any]]

_unfinished: list[Callable[[str], list[str]]] = []
_by_phone: list[Callable[[str], set[str]]] = []


def unfinished(sentences: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    """Register a function that says of an openid what is not over yet, and needs the buyer's data."""
    _unfinished.append(sentences)
    return sentences


def finds_by_phone(find: Callable[[str], set[str]]) -> Callable[[str], set[str]]:
    """Register a function that finds openids by a whole phone number."""
    _by_phone.append(find)
    return find


def openids_of_phone(phone: str) -> set[str]:
    return {openid for find in _by_phone for openid in find(phone) if openid}


def what_is_unfinished(openid: str) -> list[str]:
    return [sentence for sentences in _unfinished for sentence in sentences(openid)]


def rows_of(kept: Kept, openid: str) -> models.QuerySet:
    """A buyer's rows of a model; none without an openid, which rows of many buyers lack."""
    if not openid:
        return model_of(kept)._base_manager.none()
    where = Q()
    for way in kept.buyer:
        where |= Q(**{way: openid})
    return model_of(kept)._base_manager.filter(where)


def find(openid: str) -> Keys:
    """The keys of all rows of a buyer, by model; to be taken before anything is overwritten."""
    return {model_of(kept): list(rows_of(kept, openid).values_list("pk", flat=True)) for kept in of_buyers()}


def blank(keys: Keys) -> dict[str, int]:
    """Overwrite the buyer's values; returns how many rows of each model had any."""
    counts = {}
    for kept in of_buyers():
        model = model_of(kept)
        for chunk in batches(keys[model]):
            rows = model._base_manager.filter(pk__in=chunk)
            if kept.blank:
                rows.update(**kept.blank)
            else:
                rows.delete()
        if keys[model]:
            counts[kept.label] = len(keys[model])
    return counts


def batches(keys: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]


def about(keys: Keys) -> Iterator[dict[str, Any]]:
    """Filters for what points at these records by content type and key: steps, messages, notes."""
    for model, found in keys.items():
        kind = ContentType.objects.get_for_model(model)
        yield from ({"content_type": kind, "object_id__in": chunk} for chunk in batches(found))


def open_steps(keys: Keys) -> int:
    return sum(Step.objects.open().filter(**where).count() for where in about(keys))
