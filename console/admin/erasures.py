from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from console import buyers
from console.erasing import receipts, records, running
from console.lists import PageAdmin, state_filter
from console.models import APIKey, Erasure
from console.templatetags.console import ago, badge
from wechat.steps.errors import Conflict

STATES = {
    "waiting": (gettext_lazy("Wait for a second person"), Q(done_at=None, dropped_at=None)),
    "erased": (gettext_lazy("Erased"), Q(done_at__isnull=False)),
}
ASK, APPROVE = "console.erase_buyer", "console.approve_erasure"


@admin.register(Erasure)
class ErasureAdmin(PageAdmin):
    """Buyers who asked to be erased: who asked for it here, who approved it, and the receipt."""

    menu = ("settings", 64)
    page_related = ("asked_by", "approved_by")
    guide = "leaving"
    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    day_column = "asked_at"
    empty_text = gettext_lazy(
        "Whoever asks to be erased is looked up under “Find a buyer”; the button is on their page."
    )
    list_display = ["__str__", "reason", "asked_by", "approved_by", "state_badge", "asked"]
    list_filter = [state_filter(STATES)]
    list_select_related = ["asked_by", "approved_by"]
    sortable_by = ()

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("ask/", wrap(require_POST(self.ask)), name="console_erasure_ask"),
            path("<int:pk>/answer/", wrap(require_POST(self.answer)), name="console_erasure_answer"),
            path("<int:pk>/receipt/", wrap(self.receipt), name="console_erasure_receipt"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, asked: Erasure) -> SafeString:
        return badge(asked.state_label, "green" if asked.done_at else "amber" if asked.is_standing else "grey")

    @admin.display(description=gettext_lazy("asked at"))
    def asked(self, asked: Erasure) -> SafeString:
        return ago(asked.asked_at)

    def page(self, request: HttpRequest, asked: Erasure) -> HttpResponse:
        """What would be erased, the answer, and afterwards the receipt."""
        found = records.find(asked.openid) if asked.openid else {}
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Erasure of a buyer"),
            "asked": asked,
            "state": self.state_badge(asked),
            "buyer": buyers.address(asked.openid) if asked.openid else "",
            "found": [(capfirst(model._meta.verbose_name_plural), len(keys)) for model, keys in found.items() if keys],
            "unfinished": records.what_is_unfinished(asked.openid) if asked.openid else [],
            "may_answer": asked.is_standing and may_approve(request.user, asked),
            "may_drop": asked.is_standing and request.user.has_perm(ASK),
        }
        return render(request, "admin/erasure.html", context)

    def ask(self, request: HttpRequest) -> HttpResponse:
        """From the page of a buyer, whose address names them sealed."""
        if not request.user.has_perm(ASK):
            raise PermissionDenied
        openid = buyers.openid_in(request.POST.get("buyer", ""))
        if not openid:
            raise Http404
        reason = request.POST.get("reason", "").strip()[:300]
        try:
            if len(reason) < 4:
                raise Conflict(_("Say in a few words when and how the buyer asked for it."))
            asked = running.ask(openid, request.user, reason)
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return HttpResponseRedirect(buyers.address(openid))
        messages.success(request, _("It waits for a second person, who approves it."))
        return HttpResponseRedirect(reverse("admin:console_erasure_change", args=[asked.pk]))

    def answer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve it, which erases them at once, or drop it."""
        asked = get_object_or_404(Erasure, pk=pk)
        page = HttpResponseRedirect(reverse("admin:console_erasure_change", args=[pk]))
        if "drop" in request.POST:
            if not request.user.has_perm(ASK):
                raise PermissionDenied
            running.drop(asked)
            return page
        if not may_approve(request.user, asked):
            raise PermissionDenied
        try:
            running.approve(asked, request.user)
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return page
        messages.success(request, _("The buyer is erased. Print the receipt."))
        return page

    def receipt(self, request: HttpRequest, pk: int) -> HttpResponse:
        """To print: what was erased, and what the law has us keep."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        erasure = get_object_or_404(Erasure.objects.exclude(done_at=None), pk=pk)
        back = reverse("admin:console_erasure_change", args=[pk])
        context = {"title": _("Receipt of an erasure"), "erasure": erasure, "back": back, **receipts.words(erasure)}
        return render(request, "admin/erasure_receipt.html", context)


def may_approve(user: Any, asked: Erasure) -> bool:
    """An API key counts as the person who made it."""
    behind = APIKey.objects.person_behind
    return user.has_perm(APPROVE) and behind(user) != behind(asked.asked_by)
