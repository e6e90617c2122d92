"""A column's validators, compiled out of its serializer field: what surely passes is accepted at once.

A compiled validator knows no errors: where it is not sure it answers UNSURE, and the field itself is asked, whose
sentences are shown. So both accept the same and refuse the same.
"""

from collections.abc import Callable
from typing import Any

from django.core import validators
from rest_framework import serializers
from rest_framework.fields import Field
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from console import api_fields
from wechat.values import out_id

UNSURE: Any = object()
Quick = Callable[[Any], Any]  # of a parsed value: what the field makes of it, or UNSURE
CHARACTERS = (validators.ProhibitNullCharactersValidator, ProhibitSurrogateCharactersValidator)


def compiled(field: Field) -> Quick:
    """Of a field with other validators than are known here the answer is always UNSURE."""
    if type(field) is serializers.CharField:
        return _text(field) or _never
    if type(field) in (api_fields.FenField, api_fields.IntegerField):
        return _whole(field) or _never
    if type(field) is api_fields.ListSerializer:
        return _objects(field) or _never
    return _never


def _never(_value: Any) -> Any:
    return UNSURE


def _text(field: Field) -> Quick | None:
    rest: list[Any] = [one for one in field.validators if not isinstance(one, CHARACTERS)]
    limits = [one.limit_value for one in rest if type(one) is validators.MaxLengthValidator]
    is_id = out_id in rest
    if len(rest) != len(limits) + is_id or not all(isinstance(limit, int) for limit in limits):
        return None
    most = min(limits, default=1 << 20)

    # Printable: no control character, no half of a character, of blanks only the space. Among the others are characters
    # that nobody sees, which an id must not have.
    def quick(value: Any) -> Any:
        if type(value) is not str or not 0 < len(value) <= most or not value.isprintable():
            return UNSURE
        if value[0] == " " or value[-1] == " " or (is_id and not value.isascii()):
            return UNSURE
        return value

    return quick


def _whole(field: Field) -> Quick | None:
    known = (validators.MinValueValidator, validators.MaxValueValidator)
    limits: list[Any] = list(field.validators)
    if not all(type(one) in known and isinstance(one.limit_value, int) for one in limits):
        return None
    least = max([one.limit_value for one in limits if type(one) is known[0]], default=None)
    most = min([one.limit_value for one in limits if type(one) is known[1]], default=None)
    if least is None or most is None:
        return None

    def quick(value: Any) -> Any:
        if type(value) is str and len(value) <= 20 and value.isascii() and value.isdigit():
            value = int(value)
        return value if type(value) is int and least <= value <= most else UNSURE

    return quick


def _objects(field: Any) -> Quick | None:
    """Of a list of objects whose fields are texts, all of them needed."""
    child = field.child
    fields = {name: _text(one) for name, one in child.fields.items() if type(one) is serializers.CharField}
    if len(fields) != len(child.fields) or not all(fields.values()) or field.validators or child.validators:
        return None

    def quick(value: Any) -> Any:
        if type(value) is not list or not 0 < len(value) <= field.max_length:
            return UNSURE
        for one in value:
            if type(one) is not dict or one.keys() != fields.keys():
                return UNSURE
            if any(check is None or check(one[name]) is UNSURE for name, check in fields.items()):
                return UNSURE
        return value

    return quick
