"""The page “Health”: how the calls to WeChat went in the last day, what was pushed, and what waits."""

import platform
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

import celery
import django
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from wechat import tokens
from wechat.models import Callback, Step

from . import endpoint_figures, queue_figures
from .keeping import sizes
from .models import Job, SignOfLife


def page(site: Any, request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("wechat.view_call"):
        raise PermissionDenied
    labels = {**dict(Step.State.choices), **dict(Callback.State.choices), **dict(Job.State.choices)}
    waiting = [
        (_("Messages from WeChat"), queue_figures.inbox()),
        (_("Steps"), queue_figures.steps()),
        (_("Jobs"), queue_figures.jobs()),
    ]
    signs = queue_figures.signs()
    context = {
        **site.each_context(request),
        "title": _("Health"),
        "endpoints": endpoint_figures.last_day(),
        "waiting": [(title, [(labels[row.state], row) for row in rows]) for title, rows in waiting],
        "events": queue_figures.last_events(),
        "refused": queue_figures.refused(),
        "backs_up": bool(settings.BACKUP_DIR),
        "backup": signs.pop(SignOfLife.BACKUP, None),
        "signs": signs,
        "token": tokens.seconds_left(),
        "versions": versions(),
        "newest": queue_figures.NEWEST,
        **sizes.context(),
    }
    return render(request, "admin/health.html", context)


@lru_cache
def console_version() -> str:
    text = (Path(settings.BASE_DIR) / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def versions() -> dict[str, str]:
    return {
        str(_("Console")): console_version(),
        "Python": platform.python_version(),
        "Django": django.get_version(),
        "Celery": celery.__version__,
        connection.display_name: ".".join(str(part) for part in connection.get_database_version()),
    }
