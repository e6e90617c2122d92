"""How the API says no: always `detail`, and what else the caller can act on."""

from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.views import exception_handler

from wechat.errors import Conflict, Incomplete, Paused, Refused, Unreachable


def answer(error: Exception, context: dict) -> Response | None:
    """409 Conflict, 400 Incomplete with `fields`, 422 Refused with WeChat's words, 503 Unreachable with Retry-After."""
    if isinstance(error, Incomplete):
        fields = {name: [str(line) for line in lines] for name, lines in error.fields.items()}
        return Response({"detail": str(error), "fields": fields}, status=400)
    if isinstance(error, Conflict):
        return Response({"detail": str(error)}, status=409)
    if isinstance(error, Refused):
        said = {"errcode": error.errcode, "errmsg": error.errmsg, "rid": error.rid}
        return Response({"detail": str(error.meaning.text), **said}, status=422)
    if isinstance(error, Unreachable | Paused):
        seconds = int(getattr(error, "seconds", 5)) + 1
        return Response({"detail": str(error)}, status=503, headers={"Retry-After": str(seconds)})
    if isinstance(error, ValidationError):
        return Response(as_serializer_error(error), status=400)
    return exception_handler(error, context)


def not_found(request, exception):
    """A path that leads nowhere: JSON for callers of the API, a page for people."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": _("There is nothing at this address.")}, status=404)
    return page_not_found(request, exception)
