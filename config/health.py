from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from wechat import tokens
from wechat.models import Callback, Step, UnreadRecord


def readyz(request: HttpRequest) -> JsonResponse:
    """Readiness: 503 only when the database is unavailable; the other values are for information."""
    try:
        details = {
            "database": "ok",
            "migrations": _migrations(),
            "token_seconds_left": tokens.seconds_left(),
            "callbacks_waiting": Callback.objects.due().count(),
            "callbacks_set_aside": Callback.objects.set_aside().count(),
            "steps_unknown": Step.objects.unknown().count(),
            "records_unread": UnreadRecord.objects.count(),
        }
    except DatabaseError:
        return JsonResponse({"database": "away"}, status=503)
    return JsonResponse({**details, "broker": _broker(), "sandbox": settings.WECHAT_SANDBOX})


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    return "to apply" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"


def _broker() -> str:
    from config.celery import app

    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=0, timeout=1)
    except Exception as error:  # each broker's client has errors of its own
        return type(error).__name__
    return "ok"
