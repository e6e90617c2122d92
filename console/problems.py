"""Error responses of the API: always `detail`, and further fields that the caller can act on."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, ValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.views import exception_handler

from wechat.errors import Later, Paused, QuotaReached, Refused, Unreachable
from wechat.steps.errors import Conflict, Incomplete, InFlight

from .masking import shown


def answer(error: Exception, context: dict) -> Response | None:
    """409 Conflict, 400 Incomplete with `fields`, 422 Refused with WeChat's errcode, 503 with Retry-After."""
    if isinstance(error, Incomplete):
        fields = {name: [str(line) for line in lines] for name, lines in error.fields.items()}
        return Response({"detail": str(error), "fields": fields}, status=400)
    if isinstance(error, InFlight):
        return Response({"detail": str(error)}, status=409, headers={"Retry-After": str(error.seconds)})
    if isinstance(error, Conflict):
        return Response({"detail": str(error)}, status=409)
    if isinstance(error, Refused):
        answer = {"errcode": error.errcode, "errmsg": error.errmsg, "rid": error.rid}
        again = isinstance(error, QuotaReached | Later)
        how = (
            {"status": 503, "headers": {"Retry-After": str(getattr(error, "seconds", 60))}}
            if again
            else {"status": 422}
        )
        return Response({"detail": str(error.meaning.text), **answer}, **how)
    if isinstance(error, Unreachable | Paused):
        seconds = int(getattr(error, "seconds", 5)) + 1
        return Response({"detail": str(error)}, status=503, headers={"Retry-After": str(seconds)})
    if isinstance(error, Http404) and context["kwargs"]:
        text = _("There is no such record here: %(number)s. Orders are found by your number, others by their `id`.")
        numbers = [str(shown(name, value)) for name, value in context["kwargs"].items()]  # an openid masked
        return Response({"detail": text % {"number": ", ".join(numbers)}}, status=404)
    if isinstance(error, RequestDataTooBig):
        size = {"size": settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20}
        return Response({"detail": _("The body is larger than %(size)d MB. Send it in parts.") % size}, status=413)
    if isinstance(error, ValidationError):
        return _invalid(as_serializer_error(error))
    if isinstance(error, serializers.ValidationError):
        return _invalid(error.detail)
    return exception_handler(error, context)


def _invalid(errors: Any) -> Response:
    """400 with the sentences by the path of their field; the fields are also named as before, which is deprecated."""
    fields = by_path(errors)
    before = errors if isinstance(errors, dict) else {}
    detail = " ".join(line for lines in fields.values() for line in lines)
    return Response({**before, "detail": detail, "fields": fields}, status=400)


def by_path(errors: Any, path: str = "") -> dict[str, list[str]]:
    """A serializer's errors by the path of the field: `product_infos[1].sale_price`."""
    if isinstance(errors, dict):
        found: dict[str, list[str]] = {}
        for name, inner in errors.items():
            whole = name in ("non_field_errors", "__all__") or (name, path) == ("detail", "")
            step = f"[{name}]" if isinstance(name, int) else f".{name}"
            found |= by_path(inner, path if whole else f"{path}{step}".lstrip("."))
        return found
    if isinstance(errors, list) and any(isinstance(inner, dict) for inner in errors):
        nested = [by_path(inner, f"{path}[{nth}]") for nth, inner in enumerate(errors) if inner]
        return {name: lines for part in nested for name, lines in part.items()}
    return {path: [str(line) for line in (errors if isinstance(errors, list) else [errors])]}
