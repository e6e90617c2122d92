"""Private files: licences and evidence leave only through a permission check."""

from django.contrib.auth.decorators import login_required, permission_required
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from wechat.models import Image


@require_GET
@login_required
@permission_required("wechat.view_image", raise_exception=True)
def picture(request: HttpRequest, pk: int) -> FileResponse:
    image = get_object_or_404(Image, pk=pk)
    if not image.file:
        raise Http404
    response = FileResponse(image.file.open("rb"), content_type=image.content_type)
    response.headers["Cache-Control"] = "private, max-age=600"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
