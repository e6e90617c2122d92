"""The page on which a person plays WeChat: each button, with the input that the page fills in, does what it says."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.utils import timezone
from lxml import html

from sandbox.control import claims as claim_buttons
from sandbox.control import money as money_buttons
from sandbox.control.board import ACTIONS
from sandbox.endpoints import audit, register
from sandbox.models import (
    SWITCHES,
    Account,
    Application,
    Audit,
    Claim,
    Dispute,
    Fault,
    Order,
    Product,
    Promoter,
    Push,
    Recording,
    Sharer,
    Sharing,
    Ticket,
    Token,
    Trade,
    TradeRefund,
    UserCoupon,
    Withdrawal,
)

from .test_access import ANN, BEN, DECLARED
from .test_aftersales import claimed, disputed, switched
from .test_coupons import made, merchant  # noqa: F401
from .test_money import applied, bought, refunding, rich, sharing, trade, withdrawn
from .test_money import confirmed as accepted
from .test_orders import added
from .test_rules import brand, product


class Case(NamedTuple):
    """A button, where it stands, and what it changes."""

    set_up: Callable[[Any, str], object]  # (shop, the link of a picture)
    read: Callable[[], object]
    before: object
    after: object
    button: str = ""  # the value of the button itself, where an action has several
    changes: dict[str, str] = {}  # what the person enters instead of what the page fills in


def nothing(_shop, _link):
    """The button is on the page from the beginning."""


def configured(**fields):
    return lambda _shop, _link: (Account.only(), Account.objects.update(**fields))


def account(name):
    return lambda: getattr(Account.only(), name)


def pushed(event):
    return lambda: Push.objects.filter(event=event).exists()


def column(model, name):
    return lambda: getattr(model.objects.order_by("pk").last(), name)


# --- the worlds of the buttons


def applied_for_scene(_shop, _link):
    item = {"ext_id": 1, "name": "客服售后", "status": register.IN_REVIEW}
    scene = {"name": "视频号", "status": register.IN_REVIEW, "reason": "", "scene_group_ext_list": [item]}
    Account.objects.update(scenes={"1": scene}, declared=DECLARED)


def scene():
    found = Account.only().scenes["1"]
    return found["status"], found["scene_group_ext_list"][0]["status"]


def submitted_brand(shop, link):
    assert shop("audit/audit_brand", brand(link))["errcode"] == 0


def submitted(shop, link, number="p1"):
    assert shop("spu/add", product(link, out_product_id=number))["errcode"] == 0


def two_submitted(shop, link):
    submitted(shop, link)
    submitted(shop, link, "p2")


def waiting_product(shop, link):
    switched(handed_over_at_once=False)
    submitted(shop, link)


def on_sale(shop, link, status=Product.LISTED):
    submitted(shop, link)
    row = Product.objects.get()
    Product.objects.update(online=row.draft, edit_status=Product.APPROVED, status=status)


def order(status=None, **fields):
    return lambda shop, _link: added(shop, status=status, **fields)


def two_orders(shop, _link):
    added(shop, "o1")
    added(shop, "o2")


def claim(status, type=2):
    return lambda shop, _link: claimed(shop, status, type=type)


def dispute(shop, _link):
    disputed(shop)


def application(state=None):
    return lambda shop, _link: applied(shop, state)


def ticket(scanned_by=None):
    def set_up(shop, _link):
        rich()
        found = withdrawn(shop).ticket
        if scanned_by is not None:
            Ticket.objects.filter(pk=found.pk).update(status=Ticket.SCANNED, scan_user_type=scanned_by)
            Withdrawal.objects.update(status=Withdrawal.SCANNED)

    return set_up


def withdrawal(status):
    def set_up(shop, _link):
        switched(withdrawals_accepted_at_once=False)
        rich()
        accepted(shop)
        Withdrawal.objects.update(status=status)

    return set_up


def refunding_trade(shop, _link):
    bought(shop)
    assert shop("pay/refundorder", refunding())["errcode"] == 0


def sharing_trade(shop, _link):
    bought(shop)
    assert shop("pay/profitsharingorder", sharing())["errcode"] == 0


def invited(shop, _link):
    assert shop("sharer/bind", {"openids": [ANN]})["success_list"] == [ANN]


def two_invited(shop, _link):
    shop("sharer/bind", {"openids": [ANN, BEN]})


def bound(_shop, _link):
    now = timezone.now()
    Sharer.objects.create(openid=ANN, nickname="A", status=Sharer.BOUND, invited_at=now, bound_at=now)


def coupon(shop, _link):
    assert shop("coupon/confirm")["errcode"] == 0
    made(shop)


def received_coupon(shop, link):
    from sandbox.endpoints.coupon import receive
    from sandbox.models import Coupon

    coupon(shop, link)
    receive(Coupon.objects.get(), "oBuyer_sandbox_0000000000001")


def pending_agreement(_shop, _link):
    Account.objects.update(access="pending_agreement", agreement_until=timezone.now() + timedelta(hours=1))


# action: its buttons
CASES: dict[str, list[Case]] = {
    # access
    "sign": [Case(pending_agreement, account("access"), "pending_agreement", "open")],
    "cancel_component": [Case(configured(declared=[6]), account("access"), "open", "closed")],
    "ban": [Case(nothing, account("access"), "open", "banned")],
    "lift_ban": [Case(configured(access="banned"), account("access"), "banned", "open")],
    "release": [Case(nothing, lambda: Account.only().released_at is not None, False, True)],
    "set_standard": [Case(nothing, account("standard"), "off", "task", changes={"standard": "task"})],
    "pass_scene": [Case(applied_for_scene, scene, (0, 0), (1, 1))],
    "fail_scene": [
        Case(applied_for_scene, scene, (0, 0), (1, 2)),
        Case(applied_for_scene, scene, (0, 0), (2, 2), changes={"status": "2"}),
    ],
    # reviews and the shelf
    "approve": [Case(submitted_brand, column(Audit, "status"), 0, 1)],
    "reject": [Case(submitted_brand, column(Audit, "status"), 0, 9)],
    "file_brand": [Case(nothing, lambda: str(audit.BRAND) in Account.only().filed, False, True)],
    "approve_product": [Case(submitted, column(Product, "status"), Product.NEVER, Product.LISTED)],
    "reject_product": [Case(submitted, column(Product, "edit_status"), Product.IN_REVIEW, Product.REJECTED)],
    "approve_all_products": [
        Case(two_submitted, lambda: Product.objects.filter(status=Product.LISTED).count(), 0, 2),
    ],
    "hand_over_product": [Case(waiting_product, column(Product, "edit_status"), Product.EDITING, Product.IN_REVIEW)],
    "delist_product": [Case(on_sale, column(Product, "status"), Product.LISTED, Product.VIOLATION)],
    "restore_product": [
        Case(
            lambda shop, link: on_sale(shop, link, Product.VIOLATION),
            column(Product, "status"),
            Product.VIOLATION,
            Product.LISTED,
        ),
    ],
    "drift_product": [
        Case(
            on_sale,
            lambda: Product.objects.get().online["title"],
            "法式碎花连衣裙",
            "法式碎花连衣裙 (WeChat)",
        ),
    ],
    # orders
    "pay_order": [
        Case(order(), column(Order, "status"), Order.UNPAID, Order.TO_SHIP),
        Case(order(fund_type=0), column(Order, "status"), Order.UNPAID, Order.UNSYNCED),
    ],
    "pay_all_orders": [Case(two_orders, lambda: Order.objects.filter(status=Order.TO_SHIP).count(), 0, 2)],
    "pay_too_little": [Case(order(), pushed("open_product_order_pay"), False, True)],
    "forge_payment": [Case(order(), pushed("open_product_order_pay"), False, True)],
    "cancel_order": [Case(order(), column(Order, "status"), Order.UNPAID, Order.CANCELLED)],
    "confirm_order": [Case(order(Order.SHIPPED), column(Order, "status"), Order.SHIPPED, Order.FINISHED)],
    "refund_order": [Case(order(Order.TO_SHIP), column(Order, "status"), Order.TO_SHIP, Order.REFUNDED)],
    "settle_order": [Case(order(Order.FINISHED), column(Order, "settled"), False, True)],
    "attribute_to_promoter": [Case(order(Order.TO_SHIP), column(Order, "promoter_id"), "", "PROMOTER_1")],
    "attribute_to_sharer": [
        Case(order(Order.TO_SHIP), column(Order, "sharer_openid"), "", "oSharer_sandbox_000000000001"),
    ],
    "complain": [Case(order(Order.TO_SHIP), pushed("complaint_callback"), False, True)],
    # after-sales
    "apply_for_claim": [Case(order(Order.SHIPPED), lambda: Claim.objects.count(), 0, 1)],
    "play_claim": [
        Case(claim(5), column(Claim, "status"), 5, 2, button="modify"),
        Case(claim(2), column(Claim, "status"), 2, 1, button="cancel"),
        Case(claim(6), column(Claim, "status"), 6, 8, button="uploadreturninfo"),
        Case(claim(8), lambda: Claim.objects.get().return_info != {}, False, True, button="change_pickup"),
        Case(claim(8), column(Claim, "status"), 8, 6, button="cancel_pickup"),
        Case(claim(7), lambda: Dispute.objects.count(), 0, 1, button="intervene"),
        Case(claim(17), column(Claim, "status"), 17, 14, button="confirm_certificate"),
        Case(claim(15), column(Claim, "status"), 15, 14, button="refund_arrives"),
        Case(claim(15), column(Claim, "status"), 15, 16, button="refund_fails"),
        Case(claim(12), column(Claim, "status"), 12, 18, button="close"),
    ],
    "play_dispute": [
        Case(dispute, column(Dispute, "state"), 101, 106, button="ask_merchant"),
        Case(dispute, column(Dispute, "state"), 101, 104, button="ask_buyer"),
        Case(dispute, lambda: len(Dispute.objects.get().flow), 1, 2, button="buyer_proves"),
        Case(dispute, column(Dispute, "state"), 101, 102, button="call_off"),
        Case(dispute, column(Claim, "status"), 5, 14, button="buyer_is_right"),
        Case(dispute, column(Claim, "status"), 5, 6, button="buyer_sends_back"),
        Case(dispute, column(Claim, "status"), 5, 19, button="merchant_is_right"),
    ],
    "set_claim_troubles": [Case(nothing, account("busy_orders"), 0, 2, changes={"busy_orders": "2"})],
    # people
    "bind_promoter": [
        Case(nothing, lambda: Promoter.objects.filter(promoter_id="PROMOTER_2", bound=True).exists(), False, True),
    ],
    "unbind_promoter": [Case(nothing, lambda: Promoter.objects.filter(bound=True).count(), 1, 0)],
    "agree_as_sharer": [Case(invited, column(Sharer, "status"), Sharer.INVITING, Sharer.BOUND)],
    "all_sharers_agree": [Case(two_invited, lambda: Sharer.objects.filter(status=Sharer.BOUND).count(), 0, 2)],
    "decline_as_sharer": [
        Case(invited, column(Sharer, "status"), Sharer.INVITING, Sharer.REFUSED),
        Case(invited, column(Sharer, "refuses"), False, True, button="1"),
    ],
    "leave_as_sharer": [Case(bound, column(Sharer, "status"), Sharer.BOUND, Sharer.REFUSED)],
    "share_live_room": [Case(bound, pushed("miniprogram_sharer_action"), False, True)],
    "set_elsewhere": [Case(invited, column(Sharer, "elsewhere"), 0, 3, changes={"elsewhere": "3"})],
    "set_busy_invitations": [Case(nothing, account("busy_invitations"), 0, 2, changes={"busy_invitations": "2"})],
    # money
    "play_application": [
        Case(application(), column(Application, "state"), "CHECKING", "NEED_SIGN", button="approve"),
        Case(application(), column(Application, "state"), "CHECKING", "ACCOUNT_NEED_VERIFY", button="ask_transfer"),
        Case(
            application("ACCOUNT_NEED_VERIFY"),
            column(Application, "state"),
            "ACCOUNT_NEED_VERIFY",
            "AUDITING",
            button="transfer_arrives",
        ),
        Case(application(), column(Application, "state"), "CHECKING", "REJECTED", button="reject"),
        Case(application("NEED_SIGN"), account("merchant"), "closed", "open", button="sign"),
        Case(application("FINISH"), account("merchant"), "closed", "frozen", button="freeze"),
        Case(application("FROZEN"), account("merchant"), "closed", "open", button="thaw"),
    ],
    "close_merchant": [Case(nothing, account("merchant"), "open", "closed")],
    "set_store_url": [
        Case(nothing, account("store_url"), "", "https://a.example/", changes={"store_url": "https://a.example/"}),
    ],
    "play_ticket": [
        Case(ticket(), column(Ticket, "scan_user_type"), 0, 1, button="scan"),
        Case(ticket(), column(Ticket, "scan_user_type"), 0, 2, button="scan_as_sub_administrator"),
        Case(ticket(), column(Ticket, "status"), 0, 4, button="scan_as_stranger"),
        Case(ticket(1), column(Withdrawal, "status"), "AFTER_SCAN_QRCODE", "CREATE_SUCCESS", button="confirm"),
        Case(ticket(1), column(Withdrawal, "status"), "AFTER_SCAN_QRCODE", "CLOSE", button="cancel"),
    ],
    "play_withdrawal": [
        Case(withdrawal("INIT"), column(Withdrawal, "status"), "INIT", "CREATE_SUCCESS", button="accept"),
        Case(withdrawal("CREATE_SUCCESS"), column(Withdrawal, "status"), "CREATE_SUCCESS", "SUCCESS", button="succeed"),
        Case(withdrawal("INIT"), column(Withdrawal, "status"), "INIT", "FAIL", button="fail"),
        Case(withdrawal("SUCCESS"), column(Withdrawal, "status"), "SUCCESS", "REFUND", button="give_back"),
    ],
    "pay_trade": [
        Case(lambda shop, _link: trade(shop), column(Trade, "status"), Trade.UNPAID, Trade.PAID),
    ],
    "finish_trade_refund": [
        Case(refunding_trade, column(TradeRefund, "result"), "PROCESSING", "SUCCESS", button="SUCCESS"),
        Case(refunding_trade, column(TradeRefund, "result"), "PROCESSING", "CLOSE", button="CLOSE"),
        Case(refunding_trade, column(TradeRefund, "result"), "PROCESSING", "ABNORMAL", button="ABNORMAL"),
    ],
    "finish_trade_sharing": [
        Case(sharing_trade, column(Sharing, "result"), "PROCESSING", "SUCCESS"),
        Case(sharing_trade, column(Sharing, "result"), "PROCESSING", "CLOSED", button="ACCOUNT_ABNORMAL"),
    ],
    # coupons
    "receive_coupon": [Case(coupon, lambda: UserCoupon.objects.count(), 0, 1)],
    "set_user_coupon": [
        Case(received_coupon, column(UserCoupon, "status"), UserCoupon.VALID, UserCoupon.USED, button="use"),
        Case(received_coupon, column(UserCoupon, "status"), UserCoupon.VALID, UserCoupon.EXPIRED, button="expire"),
    ],
    # pushes, faults, clock and switches
    "set_push": [
        Case(nothing, account("mode"), "safe", "plaintext", changes={"mode": "plaintext"}),
        Case(nothing, account("mode"), "safe", "compatible", changes={"mode": "compatible"}),
        Case(nothing, account("format"), "xml", "json", changes={"format": "json"}),
    ],
    "add_fault": [Case(nothing, lambda: Fault.objects.count(), 0, 1)],
    "start_recording": [Case(nothing, lambda: Recording.objects.filter(stopped_at=None).count(), 0, 1)],
    "stop_recording": [
        Case(
            lambda _shop, _link: Recording.objects.create(),
            lambda: Recording.objects.filter(stopped_at=None).count(),
            1,
            0,
        )
    ],
    "clear_faults": [
        Case(lambda _shop, _link: Fault.objects.create(kind="error"), lambda: Fault.objects.count(), 1, 0),
    ],
    "set_switches": [
        Case(nothing, account("push_to_review_fails"), False, True, changes={"push_to_review_fails": "on"}),
    ],
    "move_clock": [Case(nothing, account("clock"), 0, 86400)],
    "expire_tokens": [Case(nothing, lambda: Token.objects.exists(), True, False)],
    "send_event": [Case(nothing, pushed("open_product_unheard_of"), False, True)],
}
# The plays that an action names in a table of its own: each has a button.
PLAYS = {
    "play_claim": set(claim_buttons.PLAYS),
    "play_dispute": set(claim_buttons.DISPUTE_PLAYS),
    "play_application": {*money_buttons.APPLICATION_PLAYS, "reject"},
    "play_ticket": set(money_buttons.TICKET_PLAYS),
    "play_withdrawal": set(money_buttons.WITHDRAWAL_PLAYS),
}
BUTTONS = [(action, case) for action in ACTIONS for case in CASES.get(action, [])]


def filled_in(page: str, action: str, button: str) -> dict[str, str]:
    """What the browser would send for a button of the page: its form with what stands in it."""
    for form in html.fromstring(page).forms:
        if form.action != f"/sandbox/do/{action}/":
            continue
        fields = dict(form.form_values())
        pressed = {item.get("value"): item.get("name") for item in form.iter("button") if item.get("name")}
        if button in pressed:
            return {**fields, pressed[button]: button}
        if not button or button in fields.values():
            return fields
    raise AssertionError(f"the page has no button {action} {button}")


def test_every_button_has_a_case():
    assert set(CASES) == set(ACTIONS)
    for action, plays in PLAYS.items():
        assert {case.button for case in CASES[action]} == plays


@pytest.mark.parametrize(("action", "case"), BUTTONS, ids=[f"{action}-{case.button}" for action, case in BUTTONS])
def test_a_button_does_what_it_says(shop, link, press, merchant, action, case):  # noqa: F811
    case.set_up(shop, link)
    fields = filled_in(press.page(), action, case.button)
    assert case.read() == case.before
    (message,) = press(action, **{**fields, **case.changes}).messages
    assert case.read() == case.after, message


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_is_turned_on_the_page_and_leaves_the_others(press, name):
    before = {switch: Account.only().on(switch) for switch in SWITCHES}
    fields = filled_in(press.page(), "set_switches", "")
    assert {switch for switch in SWITCHES if switch in fields} == {switch for switch in before if before[switch]}
    if name in fields:
        del fields[name]
    else:
        fields[name] = "on"
    press("set_switches", **fields)
    assert {switch: Account.only().on(switch) for switch in SWITCHES} == before | {name: not before[name]}


def test_the_clock_and_faults_take_what_is_entered(press):
    press("move_clock", hours="-2")
    press("add_fault", kind="error", target="/shop/cat/get", errcode="45009", seconds="3", left="4")
    fault = Fault.objects.get()
    assert Account.only().clock == -7200
    assert (fault.kind, fault.target, fault.errcode, fault.seconds, fault.left) == (
        "error",
        "/shop/cat/get",
        45009,
        3,
        4,
    )


def test_an_event_is_pushed_again(press):
    press("send_event")
    Push.objects.update(state=Push.LOST, attempts=4)
    press.again(Push.objects.get().pk)
    push = Push.objects.get()
    assert (push.state, push.attempts) == (Push.QUEUED, 0)


def test_a_mode_that_does_not_exist_is_refused(press):
    (message,) = press("set_push", mode="secret", format="xml").messages
    assert message.startswith("40097")
    assert Account.only().mode == "safe"
