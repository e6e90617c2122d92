from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse

from console import metrics
from console.setup_checks import machine, workers
from wechat import belonging, deadline, tokens
from wechat.models import Callback, Step, UnreadRecord


def readyz(request: HttpRequest) -> JsonResponse:
    """Readiness: 503 only when the database is unavailable; the other values are for information.

    Counts are for signed-in people who may see calls, and for whoever reads `/metrics`.
    """
    disk = "full" if machine.is_full() else "ok"
    try:
        with deadline.within(deadline.MESSAGE):
            details = _details()
            counts = _counts() if _may_see_counts(request) else {}
    except DatabaseError:
        return JsonResponse({"database": "away", "disk": disk}, status=503)
    broker = workers.broker_error(seconds=1) or "ok"
    return JsonResponse({**details, **counts, "disk": disk, "broker": broker, "sandbox": settings.WECHAT_SANDBOX})


def _may_see_counts(request: HttpRequest) -> bool:
    return metrics.may_read(request) or request.user.has_perm("wechat.view_call")


def _details() -> dict[str, object]:
    return {
        "database": "ok",
        "migrations": "to apply" if machine.unapplied() else "ok",
        "mini_program": "another" if belonging.refusal() else "ok",
    }


def _counts() -> dict[str, object]:
    return {
        "token_seconds_left": tokens.seconds_left(),
        "callbacks_waiting": Callback.objects.due().count(),
        "callbacks_set_aside": Callback.objects.set_aside().count(),
        "steps_unknown": Step.objects.unknown().count(),
        "records_unread": UnreadRecord.objects.count(),
    }
