"""Private files: licences and evidence are served only after a permission check."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_GET

from wechat.models import Image

_shown: list[tuple[str, Callable[[Image], bool]]] = []


def show_to(permission: str, which: Callable[[Image], bool]) -> None:
    """Register that people with this permission may see the pictures for which `which` returns True."""
    _shown.append((permission, which))


@require_GET
@login_required
def picture(request: HttpRequest, pk: int) -> FileResponse:
    image, everything = Image.objects.filter(pk=pk).first(), request.user.has_perm("wechat.view_image")
    if not everything and not (image and _is_shown(request.user, image)):
        raise PermissionDenied
    if image is None or not image.file:
        raise Http404
    response = FileResponse(image.file.open("rb"), content_type=image.content_type)
    response.headers["Cache-Control"] = "private, max-age=600"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _is_shown(user: Any, image: Image) -> bool:
    return any(user.has_perm(permission) and which(image) for permission, which in _shown)
