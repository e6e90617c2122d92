"""Fields of the API: amounts and counts are integers, ids are texts, and every list has an end."""

import re
from functools import cache
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from wechat.values import MOST

DIGITS = re.compile(r"-?[0-9]{1,20}")
MOST_FAULTS = 50  # faulty items of a list that are described
Built = TypeVar("Built", bound=serializers.Serializer)


class IntegerField(serializers.IntegerField):
    """An integer; a text of digits is taken too (deprecated). 199.0, "199.00", true and 1e3 are none."""

    default_error_messages = {"invalid": _("A whole number is needed, such as 199.")}

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str) and DIGITS.fullmatch(data.strip()):
            data = int(data)
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class FenField(IntegerField):
    """An amount in fen, from 0 to what the platform's 32 bits hold unless said otherwise."""

    default_error_messages = {"invalid": _("An amount in fen is needed, a whole number: 19900 for ¥199.00.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": MOST, "help_text": "fen", **kwargs})


class PlatformIdField(serializers.CharField):
    """A 64-bit id of the platform's: a string in our JSON, for JavaScript would round it."""

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        if not DIGITS.fullmatch(text) or not 0 <= int(text) < 2**63:
            self.fail("invalid")
        return int(text)


class RelatedListField(serializers.ManyRelatedField):
    """Records named in a list; each is a query, so what is too long is refused before."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_length = max_length

    def to_internal_value(self, data: Any) -> list:
        if isinstance(data, list) and len(data) > self.max_length:
            raise serializers.ValidationError(_("At most %(count)d items.") % {"count": self.max_length})
        return list(super().to_internal_value(data))


class ListSerializer(serializers.ListSerializer):
    """A list of objects; only the first faulty ones are described."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    def to_internal_value(self, data: Any) -> list:
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError(_first(error.detail)) from None


class ListField(serializers.ListField):
    """A list of values; one that is too long is not looked into."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    def to_internal_value(self, data: Any) -> list:
        if isinstance(data, list) and len(data) > (self.max_length or 0):
            raise serializers.ValidationError(_("At most %(count)d items.") % {"count": self.max_length})
        return super().to_internal_value(data)


def built(serializer: type[Built]) -> Built:
    """A serializer that all requests share, for `run_validation` and `to_representation`.

    Each instance copies every field, which takes longer than to validate. Only for serializers whose fields need no
    context. There is one for each language, as a message stays as it was first read.
    """
    return _built(serializer, get_language())


@cache
def _built(serializer: type[Built], language: str) -> Built:
    return serializer()


INTEGERS = (
    models.BigIntegerField,
    models.IntegerField,
    models.PositiveBigIntegerField,
    models.PositiveIntegerField,
    models.PositiveSmallIntegerField,
    models.SmallIntegerField,
)


class BulkSerializer(serializers.Serializer):
    """The body of an endpoint for many records, the list `counted`: from two on, `confirm` is their number."""

    counted = ""
    confirm = IntegerField(
        required=False, min_value=1, help_text="How many records you mean; required from two on, and has to agree."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        count = len(attrs[self.counted])
        if attrs.get("confirm", 1 if count == 1 else None) != count:
            raise serializers.ValidationError(
                {"confirm": [_("This is about %(count)d records: send `confirm` with that number.") % {"count": count}]}
            )
        return attrs


class ModelSerializer(serializers.ModelSerializer):
    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        **dict.fromkeys(INTEGERS, IntegerField),
    }


def _first(detail: Any) -> Any:
    """Of {index: faults}, the first ones."""
    return dict(list(detail.items())[:MOST_FAULTS]) if isinstance(detail, dict) else detail
