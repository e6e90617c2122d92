"""The page on which a person acts as WeChat: reviewer, buyer, administrator, clock and faults."""

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .. import clock
from ..models import Account, Push
from . import access, claims, coupons, faults, money, orders, people, pushes, reviews, rules, scenarios
from .board import SECTIONS, run

__all__ = [
    "access",
    "claims",
    "coupons",
    "faults",
    "money",
    "orders",
    "page",
    "people",
    "press",
    "push_again",
    "pushes",
    "reviews",
    "rules",
    "run",
    "scenarios",
]


@staff_member_required
def page(request: HttpRequest) -> HttpResponse:
    account = Account.only()
    clock.expire_due(account)
    context = {"account": account}
    for section in SECTIONS:
        context |= section(account)
    return render(request, "sandbox/control.html", context)


@staff_member_required
@require_POST
def press(request: HttpRequest, action: str) -> HttpResponse:
    """Do what the button says; a program that accepts JSON gets the errcode and the events."""
    outcome = run(request, action)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse(outcome._asdict())
    messages.add_message(request, messages.ERROR if outcome.errcode else messages.SUCCESS, outcome.said)
    return redirect("sandbox:page")


@staff_member_required
@require_POST
def push_again(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Push, pk=pk)
    Push.objects.filter(pk=pk).update(state=Push.QUEUED, attempts=0, due_at=timezone.now())
    messages.success(request, _("The event is pushed again."))
    return redirect("sandbox:page")
