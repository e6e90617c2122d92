"""Each cause, made and mended: one alert while it stands, and none of another kind."""

import json
from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import override_settings
from django.utils import timezone

from aftersales.approval import REFUND
from aftersales.models import Aftersale, Complaint, Dispute, ECStatus, Family
from catalog.models import Difference, EditStatus, Status
from catalog.price_cuts import PRICE_CUT
from console.alerts import comparing
from console.alerts.kinds import kinds, sentence_of
from console.models import Alert, Approval, Authenticator, EditCheck, PasswordTry, WebhookEndpoint
from console.models import Difference as FoundDifference
from orders.funds.models import Withdrawal
from orders.models import Order, Oversold
from qualifications.models import AuditStatus
from scenes.models import Access, GroupStatus, LiveDay, LiveTerm, SceneGroup
from scenes.models.access import BANNED
from tests.console.alerting import break_messages, make_channel, mend_messages, tell
from tests.factories import make_brand, make_category_qualification, make_order, make_spu, make_user
from wechat.models import Call, Callback, Pace, Step
from wechat.pace import MICRO

NOT_LISTED = "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 1"


def long_ago():
    return timezone.now() - timedelta(minutes=20)


def call(endpoint="/shop/spu/get", errcode=None, errmsg="", count=1):
    now = timezone.now()
    Call.objects.bulk_create(
        Call(endpoint=endpoint, errcode=errcode, errmsg=errmsg, created_at=now) for _nth in range(count)
    )


def make_step(**fields):
    spu = make_spu()
    kind = ContentType.objects.get_for_model(spu)
    step = Step.objects.create(
        operation="catalog.list_spu", content_type=kind, object_id=spu.pk, door="admin", **fields
    )
    Step.objects.filter(pk=step.pk).update(created_at=long_ago())
    return lambda: Step.objects.update(state="done")


def push(state, count=1, error="", at=None):
    at = at or timezone.now()
    Callback.objects.bulk_create(
        Callback(key=f"p-{nth}", state=state, error=error, received_at=at) for nth in range(count)
    )
    return lambda: Callback.objects.all().delete()


def rest():
    row = Pace.objects.create(endpoint="/shop/order/add", paused_until=int((timezone.now().timestamp() + 900) * MICRO))
    return row.delete


def fail():
    call(count=5)
    call(errcode=0, count=5)
    return lambda: call(errcode=0)


def token():
    call("/cgi-bin/stable_token", 40013, "invalid appid")
    return lambda: call("/cgi-bin/stable_token", 0)


def address():
    call("/shop/spu/get", 40164, NOT_LISTED)
    return lambda: call(errcode=0)


def paid_orders():
    for _nth in range(3):
        make_order()
    Order.objects.update(paid_at=timezone.now())
    return lambda: push("handled")


def changed(record, **fields):
    """Set columns; returns what sets them back."""
    model = type(record)
    before = {name: getattr(record, name) for name in fields}
    model._base_manager.filter(pk=record.pk).update(**fields)
    return lambda: model._base_manager.filter(pk=record.pk).update(**before)


def rejected(made):
    made.last_round = made.rounds.create(audit_id="a-1", status=AuditStatus.REJECTED, reject_reason="证件不清晰")
    made.save()
    return lambda: made.rounds.update(status=AuditStatus.APPROVED)


def webhook():
    user = make_user("developer")
    fields = {"secret": "whsec_x", "created_by": user, "disabled_because": "silent", "disabled_at": timezone.now()}
    return WebhookEndpoint.objects.create(url="https://example.com/", **fields).delete


def second_person():
    asked = Approval.objects.create(kind=PRICE_CUT.kind, operation="catalog.submit_spu", mark="1", asked_by=make_user())
    return Approval.objects.filter(pk=asked.pk).end


def withdrawal():
    made = Withdrawal.objects.create(amount=100, asked_by=make_user("finance"))
    return made.delete


def claim(**fields):
    known = {"family": Family.EC, "status": ECStatus.TO_HANDLE, "aftersale_id": 1, "type": 1, "orderamt": 1}
    made = Aftersale.objects.create(order=make_order(), **known, **fields)
    return lambda: Aftersale.objects.filter(pk=made.pk).update(status=ECStatus.REFUNDED)


def guess(**same):
    """Ten wrong passwords, each for another name and from another address but for what is the same."""
    for nth in range(10):
        PasswordTry.objects.create(**{"account": str(nth), "source": f"198.51.100.{nth}", **same})
    return PasswordTry.objects.all().delete


def wrong_codes():
    row = Authenticator.objects.create(
        user=make_user("owner"), key="00", name="", wrong=10, throttling_failure_timestamp=timezone.now()
    )
    return row.delete


def in_hours(hours):
    return timezone.now() + timedelta(hours=hours)


def clock():
    return claim(deadline_at=in_hours(5))


def refund():
    mend = claim()
    kind = ContentType.objects.get_for_model(Aftersale)
    asked = {"kind": REFUND.kind, "operation": "aftersales.accept_refund", "mark": "1", "asked_by": make_user()}
    Approval.objects.create(content_type=kind, object_id=Aftersale.objects.get().pk, **asked)
    return mend


def full_disk():
    """From here on any disk is full."""
    full, empty = override_settings(ALERTS_DISK_FULL=0), override_settings(ALERTS_DISK_FULL=101)
    full.enable()
    return lambda: full.disable() or empty.enable()


def no_backup():
    with_folder = override_settings(BACKUP_DIR="/tmp")
    with_folder.enable()
    return with_folder.disable


def dispute():
    return Dispute.objects.create(complaint_order_id=7, state=1, expired_at=in_hours(5)).delete


def differs():
    now = timezone.now()
    row = FoundDifference.objects.create(source="orders", kind="orders", key="o", field="x", amount_fen=1, seen_at=now)
    FoundDifference.objects.update(found_at=now - timedelta(days=2))
    return lambda: FoundDifference.objects.filter(pk=row.pk).update(state="healed")


def open_price() -> LiveTerm:
    day = LiveDay.objects.create(date=timezone.localdate(), title="x")
    product = day.goods.create(spu=make_spu())
    return product.terms.create(out_sku_id="s", price_open=True)


def evening_price():
    product = open_price().product
    product.terms.update(price_open=False)
    asked = Approval.objects.create(
        kind="live-price-cut", operation="scenes.clear_live_price", object_id=product.pk, mark="m", asked_by=make_user()
    )
    return lambda: Approval.objects.filter(pk=asked.pk).update(dropped_at=timezone.now())


CAUSES = {
    "account_guessed": lambda: guess(account="x", user=make_user("owner")),
    "address_guesses": lambda: guess(source="203.0.113.9"),
    "edits_changed": lambda: EditCheck.objects.create(faults=2).delete,
    "codes_guessed": wrong_codes,
    "unknown_outcome": lambda: make_step(state="unknown"),
    "failed_message": lambda: break_messages() or mend_messages,
    "webhook_off": webhook,
    "endpoint_resting": rest,
    "endpoint_failing": fail,
    "no_token": token,
    "address_refused": address,
    "clock_off": lambda: push("refused", 3, "stale: the signed timestamp"),
    "old_messages": lambda: push("received", at=long_ago()),
    "old_steps": lambda: make_step(state="wanted", next_attempt_at=long_ago()),
    "no_messages": paid_orders,
    "payment_in_doubt": lambda: changed(make_order(), payment_alert="?"),
    "product_rejected": lambda: changed(make_spu(), edit_status=EditStatus.REJECTED),
    "product_off_sale": lambda: changed(make_spu(), status=Status.VIOLATION),
    "money_differs": differs,
    "drift": lambda: Difference.objects.create(spu=make_spu(), field="title").delete,
    "brand_rejected": lambda: rejected(make_brand()),
    "category_rejected": lambda: rejected(make_category_qualification()),
    "scene_refused": lambda: SceneGroup.objects.create(group_id=9, status=GroupStatus.FAILED).delete,
    "acts_to_approve": second_person,
    "money_to_approve": withdrawal,
    "access_banned": lambda: changed(Access.load(), status=BANNED),
    "aftersale_clock": clock,
    "dispute_clock": dispute,
    "refund_to_approve": refund,
    "disk_full": full_disk,
    "backup_old": no_backup,
    "evening_open": lambda: open_price().delete,
    "evening_price": evening_price,
    "oversold": lambda: Oversold.objects.create(order=make_order(), out_sku_id="s", missing=2).delete,
    "complaint_clock": lambda: Complaint.objects.create(complaint_order_id="c-1", due_at=timezone.now()).delete,
}


def test_there_is_a_cause_for_every_kind():
    assert CAUSES.keys() == kinds.keys()


def time_passes():
    """What is gone has stayed away for an hour."""
    Alert.objects.exclude(gone_at=None).update(gone_at=timezone.now() - timedelta(hours=1))


@pytest.mark.parametrize("name", CAUSES)
def test_each_cause_is_told_once_and_so_is_its_end(platform, outside, receiver, name):
    receiver.answer = '{"errcode":0,"errmsg":"ok"}'
    make_channel(role="owner", by="wecom", url=receiver.url, kinds=list(kinds))
    mend = CAUSES[name]()
    assert [tell(), tell()] == [1, 0]
    row = Alert.objects.get()
    assert (row.kind, row.state) == (name, "open")
    assert "%(" not in sentence_of(row) and sentence_of(row) != kinds[name].title
    mend()
    told = tell()
    time_passes()
    assert (told + tell(), tell()) == (1, 0)
    said = [json.loads(body)["text"]["content"].splitlines()[0] for _headers, body in receiver.requests]
    assert said == [f"Sandbox · {kinds[name].title}", f"Sandbox · Over: {kinds[name].title}"]
    row.refresh_from_db()
    assert (row.state, Alert.objects.count()) == ("ended", 1)


def test_the_disk_and_the_address_are_named(platform, settings):
    settings.ALERTS_DISK_FULL = 0
    address()
    comparing.compare_all()
    assert {sentence_of(row) for row in Alert.objects.all()} == {
        "More than 0% of the disk with the console's files is in use.",
        "WeChat refuses calls from 203.0.113.7: add it to the IP list on WeChat's page (development settings).",
    }


def test_who_acknowledged_a_clock_is_not_reminded(platform):
    clock()
    comparing.compare_all()
    row = Alert.objects.get()
    assert (row.stage, sentence_of(row).split(": ")[1]) == (2, "less than 6 h left, then")
    Alert.objects.acknowledge(make_user("owner"))
    Aftersale.objects.update(deadline_at=timezone.now() + timedelta(minutes=50))
    comparing.compare_all()
    row.refresh_from_db()
    assert (row.stage, row.state, row.values["hours"]) == (3, "acknowledged", 1)


def test_a_kind_that_fails_stops_no_other_and_ends_nothing(platform, monkeypatch):
    break_messages()
    comparing.compare_all()
    monkeypatch.setattr(comparing, "kinds", {**kinds, "failed_message": _Broken()})
    call("/cgi-bin/stable_token", 40013, "invalid appid")
    comparing.compare_all()
    assert sorted(Alert.objects.standing().values_list("kind", flat=True)) == ["failed_message", "no_token"]


class _Broken:
    name = "failed_message"

    def causes(self):
        raise ValueError
