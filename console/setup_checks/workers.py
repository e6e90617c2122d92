"""The broker, a worker for each queue, and beat: a tiny task has to come back as a row in the database."""

import time
from datetime import datetime, timedelta
from functools import partial

from celery import current_app
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from console.models import SignOfLife

from .findings import Finding, fault, fine

PATIENCE = 8.0  # seconds for a task to come back
BEAT_LATE = timedelta(minutes=2)  # beat sends its own every 30 seconds
TASK = "console.tasks.show_sign"


def note_sign(name: str) -> None:
    SignOfLife.objects.update_or_create(name=name, defaults={"at": Now()})


def broker_error(seconds: float = 2) -> str:
    """What goes wrong when the broker is connected to; "" where it answers."""
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=0, timeout=seconds)
    except Exception as error:  # each broker's client has errors of its own
        return type(error).__name__
    return ""


def broker() -> Finding:
    if error := broker_error():
        return fault(
            _("The broker cannot be reached (%(kind)s).") % {"kind": error},
            _("Start it, and compare CELERY_BROKER_URL. Due work is found again within seconds after its return."),
        )
    return fine(_("%(broker)s answers.") % {"broker": current_app.connection_for_write().transport.driver_name})


def queue(name: str) -> Finding:
    """Send a task into the queue and wait for the row that it writes."""
    started, before = time.monotonic(), _last(name)
    try:
        current_app.send_task(TASK, args=[name], queue=name, expires=60, retry=False)
    except Exception as error:  # as above
        return fault(
            _("The broker did not take a message (%(kind)s).") % {"kind": type(error).__name__},
            _("See “Broker” on this page."),
        )
    while time.monotonic() - started < PATIENCE:
        if _last(name) != before:
            spent = {"time": round((time.monotonic() - started) * 1000)}
            return fine(_("A worker answered after %(time)d ms.") % spent)
        time.sleep(0.1)
    return fault(
        _("No worker answered within %(seconds)d s: none runs, or all of them are busy.") % {"seconds": PATIENCE},
        _("Start %(command)s, or more of them where all are busy.")
        % {"command": f"celery -A config worker -P threads -Q {name}"},
    )


def beat() -> Finding:
    last = _last("beat")
    mend = _("Start %(command)s, once. Its messages need a worker of the queue “schedule”.") % {
        "command": "celery -A config beat"
    }
    if last is None:
        return fault(_("Beat has given no sign of life yet."), mend)
    age = timezone.now() - last
    seen = _("Beat's last sign of life is %(seconds)d s old.") % {"seconds": max(0, age.total_seconds())}
    return fault(seen, mend) if age > BEAT_LATE else fine(seen)


def _last(name: str) -> datetime | None:
    return SignOfLife.objects.filter(name=name).values_list("at", flat=True).first()


callbacks, press, bulk, schedule = (partial(queue, name) for name in ("callbacks", "press", "bulk", "schedule"))
