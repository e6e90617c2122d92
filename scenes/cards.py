from datetime import timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.models import Approval
from console.today import Progress, progress, work

from .board.rows import Board
from .board.states import State
from .live_days.cuts import LIVE_CUT
from .models import Access, LiveDay, LiveProduct, LiveState, LiveTerm, Promoter, SceneGroup, Sharer, Wanted
from .models.access import BANNED
from .models.people import MOST_PROMOTERS, NEAR_PROMOTERS
from .models.scene import GroupStatus, ItemStatus

BOARD = "admin:scenes_access_changelist"


@progress("scenes.tick_step")
def access() -> Progress | None:
    """The progress bar of the access, until all steps are completed."""
    board = Board(Access.load())
    if (row := board.next) is None:
        return None
    text = _("%(done)d of 17 · next: %(step)s (%(whose)s)")
    text %= {"done": board.completed, "step": row.step.title, "whose": row.whose}
    tone = "red" if row.state == State.FAILED else "amber"
    return Progress(_("Access"), [line.is_completed for line in board.rows], text, reverse(BOARD), tone)


@work(
    "scenes.view_access",
    group="settings",
    title=gettext_lazy("Access banned"),
    text=gettext_lazy("WeChat has banned the component: nothing can be sold."),
    page=BOARD,
    tone="red",
    order=1,
)
def banned() -> QuerySet:
    return Access.objects.filter(status=BANNED)


@work(
    "scenes.view_scenegroup",
    group="selling",
    title=gettext_lazy("Refused scenes"),
    text=gettext_lazy("Read WeChat's reason, then apply again."),
    page="admin:scenes_scenegroup_changelist",
    tone="red",
    order=2,
)
def refused_scenes() -> QuerySet:
    failed = SceneGroup.objects.filter(status=GroupStatus.DONE, items__status=ItemStatus.FAILED)
    refused = failed.exclude(items__status=ItemStatus.IN_REVIEW)
    return SceneGroup.objects.filter(Q(status=GroupStatus.FAILED) | Q(pk__in=refused.values("pk")))


def nth_promoter(number: int) -> QuerySet:
    """One row where so many promoters are bound, else none."""
    nth = Promoter.objects.bound().order_by("pk").values("pk")[number - 1 : number]
    return Promoter.objects.filter(pk__in=nth)


@work(
    "scenes.change_promoter",
    group="selling",
    title=gettext_lazy("Limit near: promoters"),
    text=gettext_lazy("Nearly 1,000 are bound, which is all that WeChat allows."),
    page="admin:scenes_promoter_changelist",
    query="state=bound",
    order=55,
    late=lambda: nth_promoter(MOST_PROMOTERS),
    late_text=gettext_lazy("WeChat's limit of 1,000 is reached: nobody more can bind."),
)
def promoters_near_limit() -> QuerySet:
    return nth_promoter(NEAR_PROMOTERS)


@work(
    "scenes.invite_sharer",
    group="selling",
    title=gettext_lazy("Sharers to invite"),
    text=gettext_lazy("They are kept here and were never invited."),
    page="admin:scenes_sharer_changelist",
    query="state=new",
    order=60,
)
def to_invite() -> QuerySet:
    return Sharer.objects.uninvited()


@work(
    "scenes.invite_sharer",
    group="selling",
    title=gettext_lazy("Invited sharers"),
    text=gettext_lazy("WeChat tells when they agree."),
    page="admin:scenes_sharer_changelist",
    query="state=inviting",
    tone="blue",
    order=61,
)
def inviting() -> QuerySet:
    return Sharer.objects.inviting()


LIVE_DAYS = "admin:scenes_liveday_changelist"
UNDER_WAY = timedelta(minutes=10)


@work(
    "catalog.send_live_terms",
    group="selling",
    title=gettext_lazy("Evenings with something open"),
    text=gettext_lazy("A price to decide on, a refused product, or stock that was not put back."),
    page=LIVE_DAYS,
    tone="red",
    order=15,
)
def evenings_with_open_rows() -> QuerySet:
    rows = LiveProduct.objects.exclude(wanted=Wanted.NOTHING).exclude(refusal={})
    left = LiveProduct.objects.filter(state=LiveState.RUNNING, day__ended_at__lt=timezone.now() - UNDER_WAY)
    prices = LiveTerm.objects.filter(price_open=True)
    return LiveDay.objects.filter(
        Q(pk__in=rows.values("day")) | Q(pk__in=left.values("day")) | Q(pk__in=prices.values("product__day"))
    )


@work(
    "console.approve_acts",
    group="selling",
    title=gettext_lazy("Evening prices to approve"),
    text=gettext_lazy("Somebody asked for large price cuts in a live evening."),
    page="admin:console_approval_changelist",
    query="state=waiting",
    order=16,
)
def evening_prices_to_approve() -> QuerySet:
    return Approval.objects.waiting(LIVE_CUT.kind)
