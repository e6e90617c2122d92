"""Recording a session of calls and actions, to be played again by `sandbox_scenario play`."""

from django.contrib.admin.views.decorators import staff_member_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from ..models import Account, Recording
from ..scenario import recording, writing
from .board import action, section


@section
def scenarios(account: Account) -> dict:
    recordings = Recording.objects.annotate(count=Count("lines")).order_by("-pk")[:5]
    return {"recordings": recordings, "is_recording": recording.running() is not None}


@action
def start_recording(request: HttpRequest, account: Account) -> str:
    recording.start()
    return _("Every call and everything you do here is recorded from now on.")


@action
def stop_recording(request: HttpRequest, account: Account) -> str:
    recording.stop()
    return _("The recording has ended: download it as a scenario.")


@staff_member_required
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """The scenario file, without secrets and people."""
    content = writing.text(get_object_or_404(Recording, pk=pk))
    headers = {"Content-Disposition": f'attachment; filename="scenario-{pk}.json"'}
    return HttpResponse(content, content_type="application/json; charset=utf-8", headers=headers)
