"""The merchant account from its papers to its signature, and payments without a component order."""

import json
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.funds import operations, tasks
from orders.funds.forms import MerchantForm
from orders.funds.models import Bank, BankChange, City, MerchantAccount
from sandbox.endpoints import wxpay as desk
from sandbox.models import Account, Application
from tests.console.pages import words
from tests.factories import make_image, make_user, merchant_papers, upload
from wechat.errors import Refused, Unreachable
from wechat.models import Call, PulledList, Step
from wechat.shop import wxpay
from wechat.steps import recovery
from wechat.steps.errors import Conflict, Incomplete

pytestmark = pytest.mark.django_db(transaction=True)
PAYMENTS = "/api/v1/payment-orders/"
FORM = "/admin/funds/merchantaccount/1/change/"
FILLED = {
    "organization_type": "2",
    "legal_person": "张三",
    "business_begin": "2020-01-01",
    "id_name": "张三",
    "id_doc_type": "IDENTIFICATION_TYPE_MAINLAND_IDCARD",
    "id_number": "330102199001011234",
    "contact_type": "65",
    "contact_email": "a@example.com",
    "mobile_phone": "13800138000",
    "bank_account_type": "ACCOUNT_TYPE_BUSINESS",
    "account_name": "某公司",
    "account_number": "6214830000001234",
    "account_bank": "招商银行",
    "bank_address_code": "330100",
    "bank_name": "招商银行杭州分行",
}


@pytest.fixture
def papers(platform) -> MerchantAccount:
    """Complete papers, and no merchant account at WeChat."""
    platform.configure(merchant="closed")
    MerchantAccount.objects.update(**merchant_papers())
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
    assert "WeChat rejected the application" in page and "证件照片不清晰" in page
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
        "沙盒茶业",
        "沙盒茶业有限公司",
    )
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


def test_proofs_of_the_bank_account_and_further_papers_are_sent_where_there_are_any(papers, platform):
    operations.apply_merchant(papers)
    sent = platform.ledger("wxpay/apply")[-1].request
    assert not {"business_addition_pics", "qualifications"} & sent.keys()
    assert "account_cert_info" not in sent["account_info"]
    desk.reject(application(), "account_info", "请补充账户证明")
    papers = read(papers)
    browser = Client()
    browser.force_login(make_user("finance"))
    files = ("settlement_cert", "relation_cert", "other_certs", "addition_pictures")
    browser.post(FORM, FILLED | {f"{name}-files": upload() for name in files[1:]})
    with pytest.raises(Incomplete) as missing:
        operations.apply_merchant(MerchantAccount.load())
    assert "settlement_cert" in missing.value.fields
    browser.post(FORM, FILLED | {"settlement_cert-files": upload()})
    account = MerchantAccount.load()
    assert browser.get(reverse("picture", args=[account.other_certs.get().pk])).status_code == 200
    operations.apply_merchant(account)
    sent = platform.ledger("wxpay/apply")[-1].request
    proofs = sent["account_info"]["account_cert_info"]
    assert proofs["wxa_settlement_cert_pic"]["pay_media_id"] != proofs["wxa_relation_cert_pic"]["pay_media_id"]
    assert len(proofs["wxa_other_cert_pics"]) == len(sent["business_addition_pics"]["pic_file_list"]) == 1


def test_a_form_saved_while_it_is_handed_in_leaves_where_it_stands(papers, platform, monkeypatch):
    browser = Client()
    browser.force_login(make_user("finance"))
    whole = MerchantForm.clean

    def slow(form):
        MerchantAccount.objects.update(state="CHECKING")  # somebody else, meanwhile
        return whole(form)

    monkeypatch.setattr(MerchantForm, "clean", slow)
    browser.post(FORM, FILLED | {"legal_person": "李四"})
    account = MerchantAccount.load()
    assert (account.state, account.legal_person) == ("CHECKING", "李四")


def test_an_old_answer_right_after_handing_in_does_not_open_it_again(papers, platform, monkeypatch):
    operations.apply_merchant(papers)
    desk.reject(application(), "id_card_info", "证件照片不清晰")
    papers = read(papers)
    old = wxpay.get()
    monkeypatch.setattr(wxpay, "get", lambda: old)
    operations.apply_merchant(papers)
    papers.refresh_from_db()
    assert (papers.state, papers.may_apply) == ("CHECKING", False)


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
    for name, pull in (("banks", operations.pull_banks), ("cities", operations.pull_cities)):
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


def test_before_the_account_is_open_wechat_gives_no_lists_and_the_form_is_typed_by_hand(papers, platform):
    platform.configure(merchant="open")
    pulled = {name: PulledList.objects.get(name=name) for name in ("banks", "cities")}
    operations.pull_banks(pulled["banks"])
    operations.pull_cities(pulled["cities"])
    bank = Bank.objects.get(bank_name="杭州银行", bank_type=2)
    change = BankChange.objects.create(bank=bank, city=City.objects.first(), account_number="1")
    MerchantAccount.objects.update(bank=bank)
    platform.configure(merchant="closed")
    for op, record in [
        (operations.find_bank, papers),
        (operations.pull_merchant_branches, papers),
        (operations.pull_branches, change),
        (operations.pull_banks, pulled["banks"]),
        (operations.pull_cities, pulled["cities"]),
    ]:
        with pytest.raises(Conflict, match=r"by hand.*47001 data format error rid: \w+") as no:
            op(record)
        assert (no.value.__cause__.errcode, bool(no.value.__cause__.rid)) == (47001, True)
        assert Step.objects.latest("id").state == "skipped"
    platform.fault("error", "/shop/funds/getbankbynum", errcode=40097)
    with pytest.raises(Refused, match="40097"):
        operations.find_bank(papers)


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
    assert "1 Merchant account" in words(browser.get("/admin/"))
