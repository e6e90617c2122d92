import time

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from . import platform


@csrf_exempt
def front(request: HttpRequest, path: str) -> HttpResponse:
    """The platform over HTTP, for the demo and for anybody's SDK."""
    body, query = request.body, request.GET.dict()
    try:
        answer = platform.call(str(request.method), f"/{path}", query, body, request.headers.get("Content-Type", ""))
    except platform.Silence as silence:
        if silence.kind == "timeout":
            time.sleep(silence.seconds)
        # The body is shorter than its Content-Length, so the caller sees a connection cut during the answer.
        return HttpResponse(b"{", content_type="application/json", headers={"Content-Length": "1000"})
    time.sleep(answer.seconds)
    return HttpResponse(answer.body, status=answer.status, content_type="application/json; encoding=utf-8")
