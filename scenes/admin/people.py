from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from console import timeline
from console.admin.pulled import pulled_lists
from console.lists import state_filter
from console.money import yuan
from console.operation_admin import SingleAdmin
from console.outcomes import run_many
from console.templatetags.console import ago, badge
from wechat.errors import meaning_of
from wechat.masking import mask

from .. import operations
from ..models import BindStatus, Promoter, SellingSettings, Sharer
from ..models.people import BINDINGS_A_YEAR, MOST_PROMOTERS, MOST_SHARERS, NEAR_PROMOTERS
from ..people import bindings, invitations
from .sales import SalesAdmin

MOST_FAULTY, MOST_SOUND = 1000, 200  # rows of a pasted list that are shown
TONES: dict[int | None, str] = {
    BindStatus.BOUND: "green",
    BindStatus.REFUSED: "red",
    BindStatus.INVITING: "blue",
    BindStatus.EXPIRED: "amber",
}
STATES = {
    "bound": (gettext_lazy("Bound"), Q(bind_status=BindStatus.BOUND)),
    "inviting": (gettext_lazy("Invited"), Q(bind_status=BindStatus.INVITING)),
    "refused": (gettext_lazy("Refused or unbound"), Q(bind_status=BindStatus.REFUSED)),
    "expired": (gettext_lazy("Expired"), Q(bind_status=BindStatus.EXPIRED)),
    "new": (gettext_lazy("Not invited"), Q(bind_status=None)),
}
PROMOTERS = {
    "bound": (gettext_lazy("Bound"), Q(gone=False)),
    "gone": (gettext_lazy("No longer bound"), Q(gone=True)),
}


@admin.register(Promoter)
class PromoterAdmin(SalesAdmin):
    """Promoters bind themselves on WeChat's pages; here they are read, and staff set their commission rate."""

    empty_text = gettext_lazy(
        "Promoters sell for you in their own live rooms. They join on WeChat's side: pull the list."
    )
    menu = ("selling", 20)
    operations = [operations.pull_promoter_sales]
    change_list_template = "admin/promoters.html"
    chips = [(label, f"state={name}", where) for name, (label, where) in PROMOTERS.items()]
    list_display = ["__str__", "promoter_id", "state", "rate", "first_read_at", "note"]
    list_filter = [state_filter(PROMOTERS)]
    search_fields = ["=promoter_id", "finder_nickname"]
    sortable_by = ()
    fields = [
        "promoter_id",
        "finder_nickname",
        "shown_openid",
        "state",
        "rate",
        "note",
        "often",
        "first_read_at",
        "sales_read_at",
    ]
    readonly_fields = [
        "promoter_id",
        "finder_nickname",
        "shown_openid",
        "state",
        "often",
        "first_read_at",
        "sales_read_at",
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        count = Promoter.objects.bound()[: MOST_PROMOTERS + 1].count()
        numbers = {"count": count, "most": MOST_PROMOTERS}
        context = {
            "pulled_lists": pulled_lists(request, ["promoters"]),
            "rules": _(
                "%(count)d of %(most)d promoters are bound. A promoter binds the mini program to an own Channels "
                "account, on WeChat's pages only, and may bind and unbind twice a year."
            )
            % numbers,
            "near": near_limit(count),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def state_badge(self, obj: Any) -> str:
        return self.state(obj)

    @admin.display(description=gettext_lazy("state"))
    def state(self, promoter: Promoter) -> str:
        return badge(promoter.state_label, "grey" if promoter.gone else "green")

    @admin.display(description=gettext_lazy("within a year, as seen here"))
    def often(self, promoter: Promoter) -> str:
        of_year = bindings.of_year([promoter]).get(promoter.pk, bindings.OfYear())
        if not of_year.is_used_up:
            return str(of_year)
        return format_html("{} {}", of_year, badge(_("%(most)d at most") % {"most": BINDINGS_A_YEAR}, "amber"))

    @admin.display(description="openid")
    def shown_openid(self, promoter: Promoter) -> str:
        return mask(promoter.promoter_openid) or "–"


@admin.register(Sharer)
class SharerAdmin(SalesAdmin):
    """Sharers are invited here, agree in WeChat, and sell from the live rooms of promoters."""

    empty_text = gettext_lazy("Sharers bring buyers by sharing a live room. Invite the first one, or pull the list.")
    menu = ("selling", 30)
    operations = [
        operations.invite_sharer,
        operations.unbind_sharer,
        operations.refresh_sharer,
        operations.pull_sharer_sales,
    ]
    change_form_template, change_list_template = "admin/sharer.html", "admin/sharers.html"
    chips = [(label, f"state={name}", where) for name, (label, where) in STATES.items()]
    day_column = "invited_at"
    list_display = ["__str__", "shown_openid", "state", "answer", "bound_at", "sold", "rate", "read"]
    list_filter = [state_filter(STATES)]
    search_fields = ["=openid", "name", "nickname"]
    search_help_text = gettext_lazy("The openid in full, or the beginning of a name.")
    sortable_by = ()
    fieldsets = [
        (gettext_lazy("The person"), {"fields": ["openid", "name", "note", "rate"]}),
        (
            gettext_lazy("What WeChat says"),
            {"fields": ["nickname", "state", "answer", "invited_at", "bound_at", "unbind_from", "often", "read_at"]},
        ),
        (gettext_lazy("Sold, by WeChat's sums"), {"fields": ["sold", "order_cnt", "user_cnt", "sales_read_at"]}),
    ]
    shown = [
        "nickname",
        "state",
        "answer",
        "invited_at",
        "bound_at",
        "unbind_from",
        "often",
        "read_at",
        "sold",
        "order_cnt",
        "user_cnt",
        "sales_read_at",
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.shown, *(["shown_openid"] if obj else [])]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.fieldsets[:1]
        who = (gettext_lazy("The person"), {"fields": ["shown_openid", "name", "note", "rate"]})
        return [who, *self.fieldsets[1:]]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A sharer that WeChat knows cannot be deleted here.
        free = obj is None or obj.bind_status is None
        return super().has_delete_permission(request, obj) and free

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [path("invite-many/", wrap(self.invite_many), name="scenes_sharer_invite"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {
            "pulled_lists": pulled_lists(request, ["sharers"]),
            "may_invite": self.may(request, operations.invite_sharer),
            "rules": _(
                "%(most)d sharers at most; a person shares for 5 mini programs at most, is invited 3 times a day and "
                "once in 10 minutes, and can be unbound more than 30 days after the binding."
            )
            % {"most": MOST_SHARERS},
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            context["lives"] = obj.lives.all()[:50]
            if obj.may_be_invited:
                context["warning"] = bindings.warning(bindings.of_year([obj]).get(obj.pk))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def timeline(self, obj: Any, span: timeline.Span) -> list[timeline.Entry]:
        return [
            timeline.Entry(
                invitation.at,
                "review",
                _("WeChat answered the invitation."),
                text=_answer(invitation.reason_code),
                tone="grey" if invitation.result_code == 0 else "red",
                badge=str(invitations.RESULTS.get(invitation.result_code, invitation.result_code)),
                code="invitation_answered",
                values={"result_code": invitation.result_code, "reason_code": invitation.reason_code},
            )
            for invitation in span.cut(obj.invitations.all())
        ]

    def invite_many(self, request: HttpRequest) -> HttpResponse:
        """Check a pasted list of openids against WeChat's rules, then invite them as a job."""
        if not self.may(request, operations.invite_sharer):
            raise PermissionDenied
        rows, text = None, request.POST.get("text", "")
        if request.method == "POST":
            rows = invitations.checked(invitations.people(text))
            if not rows:
                messages.error(request, _("There is no openid in it."))
            elif request.POST.get("confirmed"):
                sharers = invitations.keep(rows)
                if sharers:
                    return run_many(operations.invite_sharer, sharers)
                messages.warning(request, _("Nobody was invited."))
        faulty = [row for row in rows or [] if row.fault]
        sound = [row for row in rows or [] if not row.fault]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Invite many"),
            "text": text,
            "rows": [*faulty[:MOST_FAULTY], *sound[:MOST_SOUND]],
            "all": len(faulty) + len(sound),
            "sound": len(sound),
            "more_faulty": max(0, len(faulty) - MOST_FAULTY),
            "more_sound": max(0, len(sound) - MOST_SOUND),
        }
        return render(request, "admin/invite_many.html", context)

    def state_badge(self, obj: Any) -> str:
        return self.state(obj)

    @admin.display(description=gettext_lazy("state"))
    def state(self, sharer: Sharer) -> str:
        return badge(sharer.state_label, TONES.get(sharer.bind_status, "grey"))

    @admin.display(description="openid")
    def shown_openid(self, sharer: Sharer) -> str:
        return mask(sharer.openid)

    @admin.display(description=gettext_lazy("last answer"))
    def answer(self, sharer: Sharer) -> str:
        return _answer(sharer.reason_code) if sharer.reason_code else "–"

    @admin.display(description=gettext_lazy("may be unbound from"))
    def unbind_from(self, sharer: Sharer) -> datetime | None:
        return sharer.unbind_from

    @admin.display(description=gettext_lazy("within a year, as seen here"))
    def often(self, sharer: Sharer) -> str:
        return str(bindings.of_year([sharer]).get(sharer.pk, bindings.OfYear()))

    @admin.display(description=gettext_lazy("sold"))
    def sold(self, sharer: Sharer) -> str:
        return yuan(sharer.gmv, "¥") if sharer.gmv is not None else "–"

    @admin.display(description=gettext_lazy("last read"))
    def read(self, sharer: Sharer) -> str:
        return ago(sharer.read_at)


def near_limit(count: int) -> str:
    """The warning near the limit of promoters; "" where it is far."""
    if count < NEAR_PROMOTERS:
        return ""
    if count >= MOST_PROMOTERS:
        return _("The limit of %(most)d promoters is reached: nobody more can bind.") % {"most": MOST_PROMOTERS}
    text = ngettext("%(free)d more promoter can bind.", "%(free)d more promoters can bind.", MOST_PROMOTERS - count)
    return text % {"free": MOST_PROMOTERS - count}


def _answer(reason: int | None) -> str:
    return f"{reason} {meaning_of(reason).text}" if reason else str(_("The invitation was sent."))


@admin.register(SellingSettings)
class SellingSettingsAdmin(SingleAdmin):
    menu = ("settings", 30)
    operations = [operations.send_share_mode]
    fields = ["promoter_rate", "sharer_rate", "share_mode", "mode_sent_at"]
    readonly_fields = ["mode_sent_at"]
