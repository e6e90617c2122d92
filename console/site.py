import time

from django.contrib import admin
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from wechat import tokens
from wechat.models import Callback, Pace

from . import timeline
from .today import cards_for


class ConsoleSite(admin.AdminSite):
    """The admin with Today as its front page."""

    site_header = _("Trading console")
    site_title = _("Trading console")
    index_title = _("Today")
    index_template = "admin/today.html"
    login_form = AuthenticationForm
    enable_nav_sidebar = True

    def index(self, request, extra_context=None):
        lately = timeline.lately(request.user) if request.user.has_perm("wechat.view_step") else []
        context = {"cards": cards_for(request.user), "lately": lately, "health": self.health()}
        return super().index(request, {**context, **(extra_context or {})})

    def has_permission(self, request):
        return request.user.is_active and request.user.is_staff

    @staticmethod
    def health() -> dict:
        seconds = tokens.seconds_left()
        busiest = Pace.objects.order_by("-paused_until").first()
        return {
            "token": None if seconds is None else seconds // 60,
            "last_event": Callback.objects.exclude(state=Callback.State.REFUSED)
            .order_by("-id")
            .values_list("received_at", flat=True)
            .first(),
            "queue": Callback.objects.due().count(),
            "resting": busiest.endpoint if busiest and busiest.paused_until > time.time_ns() // 1000 else "",
        }
