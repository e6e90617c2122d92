"""Sharers invited, unbound and read, one person a step (BEHAVIOUR 6.1); promoters are only read."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.operations import pull_orders_of_promoter, pull_orders_of_sharer
from wechat.errors import Refused, Unreachable, error_for
from wechat.shop import sharer as shop
from wechat.steps.operations import REPEAT, NotDone, operation, renew_lease
from wechat.values import moment_of_unix, number

from ..models import BindStatus, Invitation, Promoter, SellingSettings, Sharer, SharerLive
from ..people.rules import faults_of_invitation, faults_of_unbinding

BUSY, FULL, ALREADY, UNWILLING, TOO_OFTEN = 100, 200, 202, 203, 204  # reason_code
BIND, UNBIND = "/shop/sharer/bind", "/shop/sharer/unbind"
UNKNOWN_PERSON = 990001
DAYS = 30  # of sales that are read
PAGE, MOST_PAGES = 100, 100


def read(sharer: Sharer) -> tuple[datetime, dict]:
    began = timezone.now()
    try:
        return began, shop.search_sharer(sharer.openid)
    except Refused as error:
        if error.errcode != UNKNOWN_PERSON or sharer.bind_status is None:
            raise
        # WeChat knows no longer whom it knew: this person does not share.
        return began, {"bind_status": BindStatus.REFUSED}


def meet_sharer(openid: str) -> Sharer | None:
    """Somebody who is bound outside this console, as WeChat knows them; None for one whom it does not know either."""
    met = Sharer(openid=openid)
    try:
        began, found = read(met)
    except Refused as error:
        if error.errcode == UNKNOWN_PERSON:
            return None
        raise
    sharer, _new = Sharer.objects.get_or_create(openid=openid)
    take_in(sharer, began, found)
    return sharer


def take_in(sharer: Sharer, began: datetime, found: dict) -> bool:
    """Record what was read; False when a later read is recorded already."""
    fresh = Sharer.objects.filter(Q(read_at=None) | Q(read_at__lt=began), pk=sharer.pk)
    told = {
        "bind_status": number(found.get("bind_status")),
        "nickname": str(found.get("nickname") or "")[:100],
        "invited_at": moment_of_unix(found.get("invited_time")),
        "bound_at": moment_of_unix(found.get("bind_time")),
    }
    # What is not told stays as it was; whoever is bound has agreed, whatever was answered before.
    fields = {"read_at": began} | {name: value for name, value in told.items() if value}
    if told["bind_status"] == BindStatus.BOUND:
        fields |= {"reason_code": None, "is_final": False}
    return bool(fresh.update(**fields))


def _seen(sharer: Sharer) -> dict:
    """As the person stood before the asking: what is newer is of this asking."""
    return {"asked_at": timezone.now().timestamp(), "bind_status": sharer.bind_status}


def _find_invitation(sharer: Sharer, seen: dict):
    """After a silence: WeChat has an invitation that is no older than ours."""
    try:
        began, found = read(sharer)
    except Refused as error:
        if error.errcode == UNKNOWN_PERSON:
            raise NotDone from None
        raise
    invited, asked = number(found.get("invited_time")) or 0, seen["asked_at"] - 60  # clocks differ a little
    if invited < asked and number(found.get("bind_status")) != BindStatus.BOUND:
        take_in(sharer, began, found)
        raise NotDone

    def record():
        # Where the person stands is as it was read; they may have agreed already.
        Invitation.objects.create(sharer=sharer, result_code=shop.SENT, reason_code=0)
        Sharer.objects.filter(pk=sharer.pk).update(reason_code=0, is_final=False)
        take_in(sharer, began, found)

    return record


@operation(
    on=Sharer,
    name="invite_sharer",
    label=gettext_lazy("Invite"),
    allowed=Sharer.may_be_invited,
    check=faults_of_invitation,
    payload=_seen,
    recover=_find_invitation,
)
def invite_sharer(sharer: Sharer, seen: dict):
    """Send this person an invitation to share; they have to agree in WeChat."""
    found = {str(one.get("openid")): one for one in shop.bind([sharer.openid])}.get(sharer.openid)
    result = number(found.get("result_code")) if found else None
    if found is None or result is None:
        raise Unreachable(_("WeChat answered without a result for this person."))
    reason = number(found.get("reason_code"))
    if result == shop.SENT:
        return lambda: _answered(sharer, shop.SENT, reason)
    # WeChat's word on this person is a refusal like any other, with a code of its own.
    reason = reason or (BUSY if result == shop.RETRY else UNWILLING)
    _answered(sharer, result, reason)
    raise error_for(BIND, reason, _("result_code %(code)s") % {"code": result})


def _answered(sharer: Sharer, result: int, reason: int | None) -> None:
    Invitation.objects.create(sharer=sharer, result_code=result, reason_code=reason)
    is_final = result == shop.FINAL and reason not in (FULL, ALREADY, TOO_OFTEN)
    fields: dict = {"reason_code": reason, "is_final": is_final}
    if result == shop.SENT:
        fields |= {"bind_status": BindStatus.INVITING, "invited_at": timezone.now(), "read_at": timezone.now()}
    elif reason == ALREADY:
        fields |= {"bind_status": BindStatus.BOUND, "read_at": None}  # read by and by, for since when
    Sharer.objects.filter(pk=sharer.pk).update(**fields)


def _find_unbinding(sharer: Sharer, sent: dict):
    began, found = read(sharer)
    take_in(sharer, began, found)
    if number(found.get("bind_status")) == BindStatus.BOUND:
        raise NotDone
    return lambda: None


@operation(
    on=Sharer,
    name="unbind_sharer",
    label=gettext_lazy("Unbind"),
    allowed=Sharer.is_bound,
    check=faults_of_unbinding,
    recover=_find_unbinding,
    confirm=gettext_lazy("End it? This person no longer sells for you, and may be invited anew later."),
)
def unbind_sharer(sharer: Sharer, sent: dict):
    """End the sharing of one person; possible 30 days after the binding."""
    code = shop.unbind([sharer.openid]).get(sharer.openid)
    if code is None:
        raise Unreachable(_("WeChat answered without a result for this person."))
    if code != shop.SENT:
        raise error_for(UNBIND, code, "fail_list" if code == shop.RETRY else "refuse_list")
    now = timezone.now()
    return lambda: Sharer.objects.filter(pk=sharer.pk).update(bind_status=BindStatus.REFUSED, read_at=now)


@operation(on=Sharer, name="refresh_sharer", label=gettext_lazy("Read from WeChat"), reads=True)
def refresh_sharer(sharer: Sharer, sent: dict):
    """Read where this person stands."""
    began, found = read(sharer)
    return lambda: take_in(sharer, began, found)


@operation(on=Sharer, name="pull_sharer_sales", label=gettext_lazy("Read the sales"), reads=True)
def pull_sharer_sales(sharer: Sharer, sent: dict):
    """Read what this person sold: WeChat's sums, the live rooms, and the orders of the last 30 days."""
    summary = shop.get_sharer_data_summary(sharer.openid)
    lives = [row for page in _lives(sharer) for row in page]
    now = timezone.now()
    pull_orders_of_sharer(sharer.openid, now - timedelta(days=DAYS), now + timedelta(minutes=5))

    def record():
        sums = {name: max(0, number(summary.get(name)) or 0) for name in ("gmv", "order_cnt", "user_cnt")}
        Sharer.objects.filter(pk=sharer.pk).update(sales_read_at=now, **sums)
        SharerLive.objects.bulk_create(
            [_live(sharer, row) for row in lives],
            update_conflicts=True,
            unique_fields=["sharer", "live_export_id"],
            update_fields=[
                "live_nickname", "started_at", "ended_at", "live_status", "gmv", "order_cnt", "user_cnt",
            ],
        )  # fmt: skip

    return record


def _lives(sharer: Sharer):
    for page in range(1, MOST_PAGES + 1):
        rows = shop.get_sharer_live_summary_list(sharer.openid, page, PAGE)
        yield [row for row in rows if row.get("live_export_id")]
        renew_lease()
        if len(rows) < PAGE:
            return


def _live(sharer: Sharer, row: dict) -> SharerLive:
    return SharerLive(
        sharer=sharer,
        live_export_id=str(row["live_export_id"])[:100],
        live_nickname=str(row.get("live_nickname") or "")[:100],
        started_at=moment_of_unix(row.get("live_start_time")),
        ended_at=moment_of_unix(row.get("live_end_time")),
        live_status=number(row.get("live_status")),
        **{name: max(0, number(row.get(name)) or 0) for name in ("gmv", "order_cnt", "user_cnt")},
    )


@operation(on=Promoter, name="pull_promoter_sales", label=gettext_lazy("Read the sales"), reads=True)
def pull_promoter_sales(promoter: Promoter, sent: dict):
    """Read the orders this promoter brought in the last 30 days."""
    now = timezone.now()
    pull_orders_of_promoter(promoter.promoter_id, now - timedelta(days=DAYS), now + timedelta(minutes=5))
    return lambda: Promoter.objects.filter(pk=promoter.pk).update(sales_read_at=now)


@operation(on=SellingSettings, name="send_share_mode", label=gettext_lazy("Send the sharing mode"), recover=REPEAT)
def send_share_mode(selling: SellingSettings, sent: dict):
    """Set the sharing mode at WeChat as it stands here."""
    shop.set_share_mode(selling.share_mode)
    # Changed since, it is not sent.
    sent = SellingSettings.objects.filter(pk=selling.pk, share_mode=selling.share_mode)
    return lambda: sent.update(mode_sent_at=timezone.now())
