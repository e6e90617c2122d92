"""Operations on sharers (invite, unbind, read), one person per step (BEHAVIOUR 6.1); promoters are only read."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.operations import pull_orders_of_promoter, pull_orders_of_sharer
from wechat.errors import Refused, Unreachable, error_for
from wechat.shop import sharer as shop
from wechat.steps.operations import REPEAT, Applies, operation, renew_lease
from wechat.steps.reading import Reading, accepted, apply_newest
from wechat.values import moment_of_unix, number, text, texts

from ..models import BindStatus, Invitation, Promoter, SellingSettings, Sharer, SharerLive
from ..people import bindings
from ..people.rules import faults_of_invitation, faults_of_unbinding

BUSY, FULL, ALREADY, UNWILLING, TOO_OFTEN = 100, 200, 202, 203, 204  # reason_code
BIND, UNBIND = "/shop/sharer/bind", "/shop/sharer/unbind"
UNKNOWN_PERSON = 990001
CLOCKS_DIFFER = 60  # seconds, between WeChat's clock and ours
DAYS = 30  # days of sales that are read
SUMS = ("gmv", "order_cnt", "user_cnt")
PAGE, MOST_PAGES = 100, 100


class Snapshot(NamedTuple):
    began: datetime
    answer: dict[str, Any]  # of search_sharer

    @property
    def bind_status(self) -> int | None:
        return number(self.answer.get("bind_status"))


def read(sharer: Sharer) -> Snapshot:
    began = timezone.now()
    try:
        return Snapshot(began, shop.search_sharer(sharer.openid))
    except Refused as error:
        if error.errcode != UNKNOWN_PERSON or sharer.bind_status is None:
            raise
        # WeChat no longer knows a person whom it knew: not a sharer any more.
        return Snapshot(began, {"bind_status": BindStatus.REFUSED})


def apply_snapshot(sharer: Sharer, snapshot: Snapshot) -> bool:
    """Set what was read, unless a later read has been applied; True where it was set."""
    answer = snapshot.answer
    read_fields: dict[str, Any] = {
        "bind_status": snapshot.bind_status,
        "nickname": text(Sharer, "nickname", answer.get("nickname")),
        "invited_at": moment_of_unix(answer.get("invited_time")),
        "bound_at": moment_of_unix(answer.get("bind_time")),
    }
    # A value that is missing in the read stays as it was.
    fields: dict[str, Any] = {name: value for name, value in read_fields.items() if value}
    if snapshot.bind_status == BindStatus.BOUND:
        # A bound person has agreed: clear the answers to earlier invitations.
        fields |= {"reason_code": None, "is_final": False}
    was = Sharer.objects.filter(pk=sharer.pk).values_list("bind_status", flat=True).first()
    is_newest = apply_newest(sharer, snapshot.began, **fields)
    if is_newest:
        bindings.saw_sharer(sharer, was, snapshot.bind_status, read_fields["bound_at"], snapshot.began)
    return is_newest


reading = Reading(read, apply_snapshot)


def import_sharer(openid: str) -> Sharer | None:
    """Create a record of a sharer who was bound outside this console; None where WeChat does not know the person."""
    try:
        snapshot = read(Sharer(openid=openid))
    except Refused as error:
        if error.errcode == UNKNOWN_PERSON:
            return None
        raise
    sharer, _new = Sharer.objects.get_or_create(openid=openid)
    apply_snapshot(sharer, snapshot)
    return sharer


def _before(sharer: Sharer) -> dict[str, Any]:
    """The time of sending and the person's state then: a newer invitation at WeChat is this one."""
    return {"asked_at": timezone.now().timestamp(), "bind_status": sharer.bind_status}


def _was_invited(sharer: Sharer, snapshot: Snapshot, before: dict[str, Any]) -> bool:
    """Whether WeChat has an invitation that is not older than ours, or the person is bound."""
    invited_at = number(snapshot.answer.get("invited_time")) or 0
    is_new = invited_at >= before["asked_at"] - CLOCKS_DIFFER
    return is_new or snapshot.bind_status == BindStatus.BOUND


def _found_invited(sharer: Sharer, before: dict[str, Any], snapshot: Snapshot) -> None:
    # Apply the state as read: the person may have agreed already.
    Invitation.objects.create(sharer=sharer, result_code=shop.SENT, reason_code=0)
    Sharer.objects.filter(pk=sharer.pk).update(reason_code=0, is_final=False)
    apply_snapshot(sharer, snapshot)


@operation(
    on=Sharer,
    name="invite_sharer",
    label=gettext_lazy("Invite"),
    allowed=Sharer.may_be_invited,
    check=faults_of_invitation,
    payload=_before,
    recover=reading.recover_where(_was_invited, then=_found_invited, unknown=(UNKNOWN_PERSON,)),
)
def invite_sharer(sharer: Sharer, before: dict) -> Applies:
    """Send this person an invitation to share; they have to agree in WeChat."""
    results = {str(row.get("openid")): row for row in shop.bind([sharer.openid])}
    answer = results.get(sharer.openid, {})
    result, reason = number(answer.get("result_code")), number(answer.get("reason_code"))
    if result is None:
        raise Unreachable(_("WeChat answered without a result for this person."))
    if result == shop.SENT:
        return lambda: _answered(sharer, shop.SENT, reason)
    # WeChat's result_code or reason_code for this person becomes a `Refused`, like an errcode.
    reason = reason or (BUSY if result == shop.RETRY else UNWILLING)
    _answered(sharer, result, reason)
    raise error_for(BIND, reason, _("result_code %(code)s") % {"code": result})


def _answered(sharer: Sharer, result: int, reason: int | None) -> None:
    Invitation.objects.create(sharer=sharer, result_code=result, reason_code=reason)
    is_final = result == shop.FINAL and reason not in (FULL, ALREADY, TOO_OFTEN)
    fields: dict[str, Any] = {"reason_code": reason, "is_final": is_final}
    if result == shop.SENT:
        accepted(sharer, bind_status=BindStatus.INVITING, invited_at=timezone.now(), **fields)
        return
    if reason == ALREADY:
        # This answer does not tell since when the person is bound; without read_at the schedule reads that.
        fields |= {"bind_status": BindStatus.BOUND, "read_at": None}
    Sharer.objects.filter(pk=sharer.pk).update(**fields)


@operation(
    on=Sharer,
    name="unbind_sharer",
    label=gettext_lazy("Unbind"),
    allowed=Sharer.is_bound,
    check=faults_of_unbinding,
    recover=reading.recover_where(lambda sharer, snapshot, sent: snapshot.bind_status != BindStatus.BOUND),
    confirm=gettext_lazy("End it? This person no longer sells for you, and may be invited anew later."),
    typed_above=0,
)
def unbind_sharer(sharer: Sharer, sent: dict) -> Applies:
    """Unbind one sharer; possible 30 days after the binding."""
    code = shop.unbind([sharer.openid]).get(sharer.openid)
    if code is None:
        raise Unreachable(_("WeChat answered without a result for this person."))
    if code != shop.SENT:
        raise error_for(UNBIND, code, "fail_list" if code == shop.RETRY else "refuse_list")
    return lambda: _unbound(sharer)


def _unbound(sharer: Sharer) -> None:
    accepted(sharer, bind_status=BindStatus.REFUSED)
    bindings.saw_sharer(sharer, BindStatus.BOUND, BindStatus.REFUSED, None, timezone.now())


@operation(on=Sharer, name="refresh_sharer", label=gettext_lazy("Read from WeChat"), reads=True)
def refresh_sharer(sharer: Sharer, sent: dict) -> Applies:
    """Read this person's state."""
    return reading.refresh(sharer)


@operation(on=Sharer, name="pull_sharer_sales", label=gettext_lazy("Read the sales"), reads=True)
def pull_sharer_sales(sharer: Sharer, sent: dict) -> Applies:
    """Read this person's sales: WeChat's totals, the live rooms, and the orders of the last 30 days."""
    summary = shop.get_sharer_data_summary(sharer.openid)
    lives = [row for page in _lives(sharer) for row in page]
    now = timezone.now()
    pull_orders_of_sharer(sharer.openid, now - timedelta(days=DAYS), now + timedelta(minutes=5))

    def record() -> None:
        sums = {name: max(0, number(summary.get(name)) or 0) for name in SUMS}
        Sharer.objects.filter(pk=sharer.pk).update(sales_read_at=now, **sums)
        SharerLive.objects.bulk_create(
            [_live(sharer, row) for row in lives],
            update_conflicts=True,
            unique_fields=["sharer", "live_export_id"],
            update_fields=["live_nickname", "started_at", "ended_at", "live_status", *SUMS],
        )

    return record


def _lives(sharer: Sharer) -> Iterator[list[dict[str, Any]]]:
    for page in range(1, MOST_PAGES + 1):
        rows = shop.get_sharer_live_summary_list(sharer.openid, page, PAGE)
        yield [row for row in rows if row.get("live_export_id")]
        renew_lease()
        if len(rows) < PAGE:
            return


def _live(sharer: Sharer, row: dict) -> SharerLive:
    return SharerLive(
        sharer=sharer,
        **texts(SharerLive, live_export_id=row["live_export_id"], live_nickname=row.get("live_nickname")),
        started_at=moment_of_unix(row.get("live_start_time")),
        ended_at=moment_of_unix(row.get("live_end_time")),
        live_status=number(row.get("live_status")),
        **{name: max(0, number(row.get(name)) or 0) for name in SUMS},
    )


@operation(on=Promoter, name="pull_promoter_sales", label=gettext_lazy("Read the sales"), reads=True)
def pull_promoter_sales(promoter: Promoter, sent: dict) -> Applies:
    """Read the orders this promoter brought in the last 30 days."""
    now = timezone.now()
    pull_orders_of_promoter(promoter.promoter_id, now - timedelta(days=DAYS), now + timedelta(minutes=5))
    return lambda: Promoter.objects.filter(pk=promoter.pk).update(sales_read_at=now)


@operation(on=SellingSettings, name="send_share_mode", label=gettext_lazy("Send the sharing mode"), recover=REPEAT)
def send_share_mode(selling: SellingSettings, sent: dict) -> Applies:
    """Send the sharing mode to WeChat."""
    shop.set_share_mode(selling.share_mode)
    # Mark it as sent, unless it was changed during the call.
    unchanged = SellingSettings.objects.filter(pk=selling.pk, share_mode=selling.share_mode)
    return lambda: unchanged.update(mode_sent_at=timezone.now())
