"""The merchant account from its papers to its signature, and payments without a component order."""

import json
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.funds import operations, tasks
from orders.funds.admin.trades import PaymentOrderAdmin
from orders.funds.models import MerchantAccount, PaymentOrder, TradeRefund, TradeSharing
from tests.console.pages import words
from tests.factories import OPENID, make_image, make_key, make_user, upload
from wechat import recovery
from wechat.errors import Conflict, Incomplete, Unreachable
from wechat.models import Call, PulledList, Step
from wechat.sandbox.endpoints import pay as till
from wechat.sandbox.endpoints import wxpay as desk
from wechat.sandbox.models import Account, Application, Sharing, Trade
from wechat.sandbox.models import TradeRefund as TheirRefund

pytestmark = pytest.mark.django_db(transaction=True)
PAYMENTS = "/api/v1/payment-orders/"
FORM = "/admin/funds/merchantaccount/1/change/"
FILLED = {
    "organization_type": "2", "legal_person": "张三", "business_begin": "2020-01-01", "id_name": "张三",
    "id_doc_type": "IDENTIFICATION_TYPE_MAINLAND_IDCARD", "id_number": "330102199001011234", "contact_type": "65",
    "contact_email": "a@example.com", "mobile_phone": "13800138000", "bank_account_type": "ACCOUNT_TYPE_BUSINESS",
    "account_name": "某公司", "account_number": "6214830000001234", "account_bank": "招商银行",
    "bank_address_code": "330100", "bank_name": "招商银行杭州分行",
}  # fmt: skip
NAME = PulledList.Name


@pytest.fixture
def papers(platform) -> MerchantAccount:
    """Complete papers, and no merchant account at WeChat."""
    platform.configure(merchant="closed")
    MerchantAccount.objects.update(
        legal_person="张三", business_begin=date(2020, 1, 1), license_copy=make_image(), id_name="张三",
        id_number="330102199001011234", id_front=make_image(), id_back=make_image(), contact_email="a@example.com",
        mobile_phone="13800138000", account_name="杭州茶里有限公司", account_number="6214830000001234",
        account_bank="招商银行", bank_address_code="330100", bank_name="招商银行杭州分行", merchant_shortname="茶里",
    )  # fmt: skip
    return MerchantAccount.load()


def application() -> Application:
    return Application.objects.order_by("-pk").first()


def read(account: MerchantAccount) -> MerchantAccount:
    operations.refresh_merchant(account)
    account.refresh_from_db()
    return account


# --- the merchant account


def test_the_account_goes_from_papers_to_open(papers, platform):
    operations.apply_merchant(papers)
    (entry,) = platform.ledger("apply")
    sent = entry.request
    assert json.loads(sent["business_license_info"]["business_time"]) == ["2020-01-01", "长期"]
    assert set(sent["business_license_info"]["wxa_business_license_copy"]) == {"name", "pay_media_id"}
    assert read(papers).state == "CHECKING"
    desk.ask_transfer(application())
    assert read(papers).state_label == "Account to be verified"
    assert papers.account_validation["pay_amount"] == application().pay_amount
    desk.transfer_arrives(application())
    desk.approve(application())
    assert "applyment" in read(papers).sign_url
    desk.sign(application())
    assert (read(papers).is_open, bool(papers.sub_mchid)) == (True, True)
    assert Account.only().merchant == "open"


def test_a_refusal_names_its_field_and_the_papers_are_handed_in_again(papers, platform):
    operations.apply_merchant(papers)
    desk.reject(application(), "id_card_info", "证件照片不清晰")
    read(papers)
    browser = Client()
    browser.force_login(make_user("finance"))
    page = words(browser.get("/admin/funds/merchantaccount/1/change/"))
    assert "WeChat refused the papers" in page and "证件照片不清晰" in page
    operations.apply_merchant(papers)
    assert read(papers).state == "CHECKING"
    assert Application.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"legal_person": ""}, "legal_person", "This is needed."),
        ({"id_back": None}, "id_back", "An identity card has two sides."),
        ({"business_end": date(2020, 1, 1)}, "business_end", "This has expired."),
        ({"license_copy": None}, "license_copy", "This is needed."),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_nothing_is_sent(papers, platform, fields, field, sentence):
    MerchantAccount.objects.update(**fields)
    with pytest.raises(Incomplete) as missing:
        operations.apply_merchant(MerchantAccount.load())
    assert [str(line) for line in missing.value.fields[field]] == [sentence]
    assert platform.ledger("apply") == []


@pytest.mark.parametrize(("kind", "acted"), [("timeout_after", True), ("timeout_before", False)])
def test_silence_is_settled_by_reading_and_the_papers_are_never_handed_in_twice(papers, platform, kind, acted):
    platform.fault(kind, "/shop/wxpay/apply")
    with pytest.raises(Unreachable):
        operations.apply_merchant(papers)
    for _sweep in range(3):
        Step.objects.update(next_attempt_at=timezone.now())
        recovery.sweep()
    step = Step.objects.get(reads=False)
    assert step.state == ("done" if acted else "skipped")
    assert Application.objects.count() == int(acted)
    papers.refresh_from_db()
    assert papers.state == ("CHECKING" if acted else "")


def test_what_the_mini_program_has_told_fills_what_is_empty(platform):
    account = MerchantAccount.load()
    operations.show_known(account)
    account.refresh_from_db()
    assert (account.merchant_shortname, account.known["business_license_info"]["merchant_name"]) == (
        "沙盒茶业", "沙盒茶业有限公司",
    )  # fmt: skip
    MerchantAccount.objects.update(merchant_shortname="我的")
    operations.show_known(account)
    account.refresh_from_db()
    assert account.merchant_shortname == "我的"


def test_the_kind_of_subject_and_the_holder_are_filled_in_too_and_what_is_masked_is_not(platform, monkeypatch):
    monkeypatch.setitem(desk.FILED, "organization_type", "4")
    account = MerchantAccount.load()
    operations.show_known(account)
    account.refresh_from_db()
    assert (account.get_organization_type_display(), account.account_name) == (
        "Individual business",
        "沙盒茶业有限公司",
    )
    assert account.mobile_phone == ""  # it came as 138******00
    MerchantAccount.objects.update(organization_type=3)
    operations.show_known(account)
    account.refresh_from_db()
    assert account.organization_type == 3


def test_an_application_made_past_this_console_fills_the_whole_form(papers, platform):
    operations.apply_merchant(papers)
    desk.reject(application(), "id_card_info", "证件照片不清晰")
    texts = ("legal_person", "id_name", "id_number", "contact_email", "mobile_phone", "merchant_shortname")
    pictures = ("license_copy_id", "id_front_id", "id_back_id")
    before = {name: getattr(papers, name) for name in (*texts, *pictures)}
    empty = dict.fromkeys(texts, "") | dict.fromkeys(pictures) | {"state": "", "read_at": None}
    MerchantAccount.objects.update(**empty)
    account = read(MerchantAccount.load())
    assert {name: getattr(account, name) for name in before} == before
    browser = Client()
    browser.force_login(make_user("finance"))
    page = browser.get(FORM).content.decode()
    assert 'value="张三"' in page and reverse("picture", args=[account.id_front_id]) in page
    assert "330102199001011234" not in page
    MerchantAccount.objects.update(contact_email="")
    assert read(account).contact_email == ""  # what lies here is ours, and only asking fills it in


def test_numbers_are_sealed_and_no_paper_lies_in_the_wires_log(papers, platform):
    operations.apply_merchant(papers)
    log = " ".join(f"{call.request} {call.answer}" for call in Call.objects.all())
    assert "330102199001011234" not in log and "6214830000001234" not in log and "张三" not in log


def test_the_form_is_filled_in_and_handed_in_with_one_press(platform, drain):
    platform.configure(merchant="closed")
    browser = Client()
    browser.force_login(make_user("finance"))
    given, url = FILLED | {"_operation": "apply_merchant"}, FORM
    browser.post(url, given | {f"{name}-files": upload() for name in ("license_copy", "id_front", "id_back")})
    drain()
    account = MerchantAccount.load()
    assert (account.id_number, account.state) == ("330102199001011234", "CHECKING")
    page = browser.get(url).content.decode()
    assert "330102199001011234" not in page
    assert not browser.post(url, given | {"legal_person": "李四"}).wsgi_request.user.is_anonymous
    assert MerchantAccount.load().legal_person == "张三"  # what WeChat looks at stays as it is


def test_pictures_stay_are_replaced_and_taken_away_and_no_others_can_be_named(papers, platform):
    browser, foreign, second = Client(), make_image(), make_image()
    browser.force_login(make_user("finance"))
    papers.pictures.add(second)
    shown = {f"{name}-shown": "1" for name in ("license_copy", "id_front", "id_back", "pictures")}
    given = FILLED | shown | {"license_copy": papers.license_copy_id, "id_front": papers.id_front_id}
    browser.post(FORM, given | {"pictures": second.pk, "id_front-files": upload()})
    account = MerchantAccount.load()
    assert (account.license_copy, account.id_back) == (papers.license_copy, None)
    assert account.id_front not in (None, papers.id_front)
    assert list(account.pictures.all()) == [second]
    page = browser.post(FORM, given | {"pictures": [second.pk, foreign.pk]})
    assert page.status_code == 200
    assert list(account.pictures.all()) == [second]
    assert browser.get(reverse("picture", args=[foreign.pk])).status_code == 403


def test_a_mistake_elsewhere_on_the_form_loses_no_file(platform):
    browser = Client()
    browser.force_login(make_user("finance"))
    given = FILLED | {"contact_email": "no address", "license_copy-files": upload(), "pictures-files": upload()}
    assert browser.post(FORM, given).status_code == 200
    account = MerchantAccount.load()
    assert (account.license_copy is not None, account.pictures.count(), account.legal_person) == (True, 1, "")


def test_bank_city_and_branch_are_chosen_from_wechats_lists(platform, drain):
    browser = Client()
    browser.force_login(make_user("finance"))
    assert 'name="bank_address_code" ' in browser.get(FORM).content.decode()
    for name, pull in ((NAME.BANKS, operations.pull_banks), (NAME.CITIES, operations.pull_cities)):
        pull(PulledList.objects.get(name=name))
    assert '<optgroup label="浙江省">' in browser.get(FORM).content.decode()
    browser.post(FORM, FILLED | {"account_number": "6033670000001234", "account_bank": "", "bank_name": ""})
    account = MerchantAccount.load()
    operations.find_bank(account)
    account.refresh_from_db()
    assert (account.bank.bank_name, account.bank.bank_type, account.account_bank) == ("杭州银行", 2, "其他银行")
    operations.pull_merchant_branches(account)
    chosen = FILLED | {"account_bank": "", "bank": account.bank_id, "bank_branch_id": "313331000022", "bank_name": ""}
    assert "杭州银行股份有限公司滨江支行" in browser.get(FORM).content.decode()
    browser.post(FORM, chosen)
    account.refresh_from_db()
    assert (account.bank_branch_id, account.bank_name) == ("313331000022", "杭州银行股份有限公司滨江支行")
    browser.post(FORM, chosen | {"bank_address_code": "110000"})
    account.refresh_from_db()
    assert (account.branches, account.bank_branch_id, account.bank_name) == ([], "", "")  # of the city before


def test_a_number_that_no_bank_knows_changes_nothing(papers, platform):
    platform.configure(merchant="open")
    MerchantAccount.objects.update(account_number="9999990000001234")
    account = MerchantAccount.load()
    with pytest.raises(Conflict, match="knows no bank"):
        operations.find_bank(account)
    account.refresh_from_db()
    assert (account.bank, account.account_bank) == (None, "招商银行")


def test_no_page_that_is_only_looked_at_asks_wechat(papers, platform):
    browser = Client()
    browser.force_login(make_user("finance"))
    for path in (FORM, "/admin/funds/bankchange/add/", "/admin/funds/bank/"):
        assert browser.get(path).status_code == 200
    assert Call.objects.count() == 0


def test_the_application_is_polled_while_it_moves(papers, platform):
    operations.apply_merchant(papers)
    desk.approve(application())
    MerchantAccount.objects.update(read_at=timezone.now() - timedelta(minutes=20))
    assert tasks.watch_merchant() == 1
    assert MerchantAccount.load().state == "NEED_SIGN"
    assert tasks.watch_merchant() == 0


def test_a_frozen_account_says_so(platform):
    MerchantAccount.objects.update(state="FROZEN", read_at=timezone.now())
    browser = Client()
    browser.force_login(make_user("owner"))
    assert "WeChat has frozen the merchant account" in words(browser.get("/admin/funds/merchantaccount/1/change/"))
    assert "The account is frozen." in words(browser.get("/admin/"))


# --- payments without a component order


def body(number: str = "pay-1", *amounts: int) -> dict:
    mchid = Account.only().mchid
    trades = [
        {"trade_no": f"{number}-{nth}", "mchid": mchid, "amount": amount, "description": "茶"}
        for nth, amount in enumerate(amounts or (5_000,), 1)
    ]
    return {"combine_trade_no": number, "openid": OPENID, "trades": trades}


@pytest.fixture
def shop(platform):
    """A machine with the right scope."""
    _key, header = make_key("payments")
    browser = Client()

    def post(path: str, given: dict | None = None):
        return browser.post(f"{PAYMENTS}{path}", given or {}, content_type="application/json", headers=header)

    return post


def pay(number: str = "pay-1-1") -> None:
    till.pay(Trade.objects.get(trade_no=number))


def test_a_payment_is_made_paid_and_told(shop, platform, hear):
    answer = shop("", body())
    assert (answer.status_code, "paySign" in answer.json()["payment_params"]) == (201, True)
    assert answer.json()["payment"]["state"] == "To be paid"
    pay()
    (message,) = hear()
    payment = PaymentOrder.objects.get()
    assert (message.record, payment.is_paid, payment.state_label) == (payment, True, "Paid")


def test_a_combined_payment_has_several_parts(shop, platform, hear):
    assert shop("", body("pay-1", 100, 200)).status_code == 201
    pay()
    hear()
    assert PaymentOrder.objects.get().is_paid
    assert [trade.amount for trade in PaymentOrder.objects.get().trades.all()] == [100, 200]


def test_a_repeat_is_no_error_and_other_content_is(shop, platform):
    shop("", body())
    assert shop("", body()).status_code == 201
    assert PaymentOrder.objects.count() == Trade.objects.count() == 1
    assert shop("", body("pay-1", 6_000)).status_code == 409
    other = body("pay-2") | {"trades": body("pay-1")["trades"]}
    assert shop("", other).status_code == 409


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
def test_silence_on_making_is_over_with_a_repeat(shop, platform, kind):
    platform.fault(kind, "/shop/pay/createorder")
    assert shop("", body()).status_code == 503
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    assert shop("", body()).status_code == 201
    assert Trade.objects.count() == 1


def test_refunds_go_up_to_the_amount_and_each_once(shop, platform, hear):
    shop("", body())
    pay()
    hear()
    given = {"trade_no": "pay-1-1", "refund_no": "r1", "amount": 3_000}
    for _time in range(2):
        assert shop("pay-1/refund_trade/", given).status_code == 200
    assert TheirRefund.objects.count() == 1
    assert shop("pay-1/refund_trade/", given | {"refund_no": "r2"}).status_code == 409
    assert shop("pay-1/refund_trade/", given | {"amount": 2_999}).status_code == 409
    till.finish_refund(TheirRefund.objects.get(), "SUCCESS")
    hear()
    assert TradeRefund.objects.get().state_label == "Refunded"


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
def test_after_silence_on_a_refund_wechat_is_read_before_it_is_asked_again(shop, platform, hear, kind):
    """Also where, other than the document says, a repeated refund_no would be refused."""
    shop("", body())
    pay()
    hear()
    platform.configure(switches={"refund_no_is_idempotent": False})
    platform.fault(kind, "/shop/pay/refundorder")
    shop("pay-1/refund_trade/", {"trade_no": "pay-1-1", "refund_no": "r1", "amount": 3_000})
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    assert (TheirRefund.objects.count(), TradeRefund.objects.get().status) == (1, "PROCESSING")
    assert len(platform.ledger("refundorder")) == 1  # one that got through
    assert Step.objects.open().count() == 0


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
def test_after_silence_money_is_released_once(shop, platform, hear, kind):
    shop("", body())
    pay()
    hear()
    platform.fault(kind, "/shop/pay/profitsharingorder")
    shop("pay-1/share_trade/", {"trade_no": "pay-1-1", "profit_sharing_no": "s1"})
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    assert (Sharing.objects.count(), TradeSharing.objects.get().result) == (1, "PROCESSING")


def test_a_payment_that_is_found_closed_is_closed(shop, platform):
    shop("", body())
    platform.fault("timeout_after", "/shop/pay/closeorder")
    payment = PaymentOrder.objects.get()
    with pytest.raises(Unreachable):
        operations.close_payment(payment)
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    assert PaymentOrder.objects.get().state_label == "Closed"


def test_openids_are_masked_for_keys_without_the_scope(shop, platform):
    assert shop("", body()).json()["payment"]["openid"] != OPENID
    _key, header = make_key("payments", "personal")
    assert Client().get(f"{PAYMENTS}pay-1/", headers=header).json()["openid"] == OPENID
    made = Client().post(PAYMENTS, body(), content_type="application/json", headers=header)
    assert made.json()["payment"]["openid"] == OPENID


def test_a_refund_that_never_left_is_sent_again_or_dropped_on_the_page(shop, platform, hear, drain):
    shop("", body())
    pay()
    hear()
    payment = PaymentOrder.objects.get()
    refund = TradeRefund.objects.create(trade=payment.trades.get(), refund_no="r1", amount=1_000)
    browser, url = Client(), f"/admin/funds/paymentorder/{payment.pk}"
    browser.force_login(make_user("finance"))
    assert "Send again" in words(browser.get(f"{url}/change/"))
    browser.post(f"{url}/refund/again/{refund.pk}/")
    drain()
    assert TheirRefund.objects.get().amount == 1_000
    assert "It has been sent" in words(browser.post(f"{url}/refund/again/{refund.pk}/", {"drop": ""}, follow=True))
    stale = TradeRefund.objects.get()
    stale.status = ""  # as read just before it was sent
    with pytest.raises(Conflict):
        PaymentOrderAdmin._drop(stale, TradeRefund.objects.filter(status=""))
    assert (TradeRefund.objects.get().refused, TradeRefund.objects.get().status) == (False, "PROCESSING")
    another = TradeRefund.objects.create(trade=payment.trades.get(), refund_no="r2", amount=1_000)
    browser.post(f"{url}/refund/again/{another.pk}/", {"drop": ""})
    assert list(TradeRefund.objects.values_list("refund_no", flat=True)) == ["r1"]


def test_a_refund_that_is_stuck_or_closed_says_so(shop, platform, hear):
    shop("", body())
    pay()
    hear()
    shop("pay-1/refund_trade/", {"trade_no": "pay-1-1", "refund_no": "r1", "amount": 3_000})
    till.finish_refund(TheirRefund.objects.get(), "ABNORMAL")
    hear()
    assert "dead or frozen" in TradeRefund.objects.get().state_label
    till.finish_refund(TheirRefund.objects.get(), "CLOSE")
    hear()
    assert (TradeRefund.objects.get().state_label, PaymentOrder.objects.get().trades.get().left) == ("Closed", 5_000)


def test_money_is_released_once_and_why_not_is_told(shop, platform, hear):
    shop("", body())
    pay()
    hear()
    given = {"trade_no": "pay-1-1", "profit_sharing_no": "s1"}
    assert shop("pay-1/share_trade/", given).status_code == 200
    till.finish_sharing(Sharing.objects.get(), "余额不足")
    hear()
    assert (TradeSharing.objects.get().result, TradeSharing.objects.get().fail_reason) == ("CLOSED", "余额不足")
    shop("pay-1/share_trade/", given | {"profit_sharing_no": "s2"})
    till.finish_sharing(Sharing.objects.get(profit_sharing_no="s2"))
    hear()
    assert PaymentOrder.objects.get().trades.get().frozen is False


def test_only_what_is_unpaid_is_closed(shop, platform, hear, drain):
    shop("", body())
    assert shop("pay-1/close_payment/").status_code == 202
    drain()
    assert PaymentOrder.objects.get().state_label == "Closed"
    shop("", body("pay-2"))
    pay("pay-2-1")
    with pytest.raises(Conflict):
        payment = PaymentOrder.objects.get(combine_trade_no="pay-2")
        operations.refresh_payment(payment)
        operations.close_payment(payment)


def test_a_lost_message_of_a_payment_is_made_up_by_polling(shop, platform):
    shop("", body())
    pay()
    assert tasks.refresh_payments() == 1
    assert PaymentOrder.objects.get().is_paid


def test_the_page_refunds_in_yuan_and_releases(shop, platform, hear, drain):
    shop("", body())
    pay()
    hear()
    payment = PaymentOrder.objects.get()
    trade, browser = payment.trades.get(), Client()
    browser.force_login(make_user("finance"))
    url = f"/admin/funds/paymentorder/{payment.pk}"
    browser.post(f"{url}/refund/{trade.pk}/", {"amount": "12.34"})
    drain()
    assert (TheirRefund.objects.get().amount, TradeRefund.objects.get().status) == (1_234, "PROCESSING")
    page = words(browser.post(f"{url}/refund/{trade.pk}/", {"amount": "100"}, follow=True))
    assert "¥37.66 can be refunded at most." in page
    assert "two decimals" in words(browser.post(f"{url}/refund/{trade.pk}/", {"amount": "1.234"}, follow=True))
    browser.force_login(make_user("auditor"))
    assert browser.post(f"{url}/share/{trade.pk}/").status_code == 403


def test_a_key_without_the_scope_makes_no_payment(platform):
    _key, header = make_key("orders")
    answer = Client().post(PAYMENTS, body(), content_type="application/json", headers=header)
    assert (answer.status_code, PaymentOrder.objects.count()) == (403, 0)


@pytest.mark.parametrize(
    "wrong", [{"trades": []}, {"openid": ""}, {"combine_trade_no": ""}, {"trades": [{"amount": -1}]}]
)
def test_rubbish_is_400_with_the_field(shop, platform, wrong):
    answer = shop("", body() | wrong)
    assert (answer.status_code, bool(answer.json()["fields"])) == (400, True)
    assert platform.ledger("createorder") == []
