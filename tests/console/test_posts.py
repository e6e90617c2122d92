"""Every address of the admin that takes a POST answers valid input, and input of no record, without a 5xx."""

from datetime import timedelta
from itertools import count

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import html

from catalog.models import SPU, Category, Difference
from console.models import Alert, AlertChannel, ReconciliationDay
from console.models import Difference as FoundDifference
from orders.funds.models import PaymentOrder, Trade, TradeRefund, TradeSharing
from orders.models import Order
from qualifications.models import BrandQualification, Document
from tests.factories import (
    free_category,
    make_brand,
    make_companies,
    make_document,
    make_order,
    make_spu,
    make_user,
    upload,
)
from wechat.models import Image, Single, Step
from wechat.sealed import SealedField

pytestmark = pytest.mark.django_db(transaction=True)
numbers = count(1001)  # above the ids that a migration makes
MAKERS = {
    SPU: make_spu,
    Order: make_order,
    BrandQualification: make_brand,
    Document: make_document,
    Category: free_category,
    User: make_user,
    Group: lambda: Group.objects.first(),
    Image: lambda: Image.objects.keep(upload()),
    Alert: lambda: Alert.objects.create(kind="drift", key=str(next(numbers)), values={"record": "x"}),
    AlertChannel: lambda: AlertChannel.objects.create(name="mine", user=make_user()),
    FoundDifference: lambda: FoundDifference.objects.create(
        source="orders", kind="orders", key=str(next(numbers)), field="status", seen_at=timezone.now()
    ),
    ReconciliationDay: lambda: ReconciliationDay.objects.create(
        kind="orders", day=timezone.localdate() - timedelta(days=next(numbers))
    ),
}
# What a person fills in beside the button, by the address's name; {} where a press alone is the whole input.
INPUT = {
    "scenes_access_tick": {"done": "1"},
    "scenes_access_released": {"released_at_0": "2026-11-20", "released_at_1": "10:00"},
    "wechat_callback_reveal": {"reason": "看一下原文"},
    "scenes_sharer_invite": {"people": "oTVP50O53a7jgmawAmxKukNlq3XA"},
    "orders_order_add_parcel": {"delivery_id": "SF", "waybill_id": "SF1234567"},
    "orders_order_reveal": {"reason": "买家来电"},
    "orders_order_shipping": {"reason": "今天发货", "form": "sheet"},
    "funds_paymentorder_refund": {"amount": "0.01", "refund_no": "r-1"},
    "funds_paymentorder_share": {"profit_sharing_no": "s-1"},
    "coupons_coupon_stock": {"left": "5"},
    "closing_close_reopen": {"reason": "少一笔"},
    "closing_close_decide": {"act": "explain", "reason": "核对过"},
    "closing_close_book": {"month": "2026-11"},
    "catalog_spu_difference": {"choice": "ours"},
    "catalog_spu_export": {},
}


def sample(model: type[models.Model]) -> models.Model:
    """Some record of a model, with the others it needs; the least that its columns take."""
    if model in MAKERS:
        return MAKERS[model]()
    if issubclass(model, Single):
        return model.load()
    values = {}
    for field in model._meta.concrete_fields:
        if (field.primary_key and not field.remote_field) or field.null or field.has_default():
            continue
        values[field.name] = value_of(field)
    return model._default_manager.create(**values)


def value_of(field: models.Field):
    if isinstance(field, models.ForeignKey):
        if field.related_model is ContentType:
            return ContentType.objects.get_for_model(SPU)
        return field.related_model._default_manager.first() or sample(field.related_model)
    if field.choices:
        return field.choices[0][0]
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.DateField):
        return timezone.localdate()
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.IntegerField):
        return next(numbers)
    if isinstance(field, models.JSONField):
        return {}
    if isinstance(field, SealedField):
        return "6214830000001234"
    return f"x{next(numbers)}"[: getattr(field, "max_length", None)]


def form_values(page: bytes, has: str) -> dict[str, str]:
    """What the page's form for the record sends as it was loaded."""
    for form in html.fromstring(page.decode()).forms:
        if form.xpath(f".//*[@name='{has}']"):
            return dict(form.form_values())
    return {}


@pytest.fixture
def browser() -> Client:
    person = make_user("owner", is_superuser=True)
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


ADMINS = list(admin.site._registry.items())
KINDS = [model._meta.label_lower for model, _admin in ADMINS]


@pytest.mark.parametrize(("model", "model_admin"), ADMINS, ids=KINDS)
def test_what_a_records_page_posts_is_answered(browser, platform, model, model_admin):
    make_companies()
    record, opts = sample(model), model._meta
    at = f"admin:{opts.app_label}_{opts.model_name}"
    answers = {}
    for name, args in (("add", []), ("change", [record.pk])):
        url = reverse(f"{at}_{name}", args=args)
        page = browser.get(url)
        values = form_values(page.content, "_save") if page.status_code == 200 else {}
        answers[url] = browser.post(url, values).status_code
        for op in getattr(model_admin, "operations", []):
            answers[f"{url} _operation={op.name}"] = browser.post(url, {**values, "_operation": op.name}).status_code
    for op in getattr(model_admin, "operations", []):
        url = reverse(f"{at}_do", args=[record.pk, op.name])
        answers[url] = browser.post(url).status_code
    for action, _call in model_admin.get_actions(request_of(browser)).items():
        body = {"action": action, "_selected_action": [record.pk], "post": "yes", "confirmed": "1", "typed": "1"}
        answers[f"action {action}"] = browser.post(reverse(f"{at}_changelist"), body).status_code
    url = reverse(f"{at}_delete", args=[record.pk])
    answers[url] = browser.post(url, {"post": "yes"}).status_code
    assert {at: status for at, status in answers.items() if status >= 500} == {}


def request_of(browser: Client):
    from django.test import RequestFactory

    request = RequestFactory().get("/admin/")
    request.user = User.objects.get(pk=browser.session["_auth_user_id"])
    return request


def addresses():
    """(name, parameters) of the admin's own addresses, beside Django's."""
    known = ("_changelist", "_add", "_history", "_delete", "_change", "_do")
    for model, model_admin in ADMINS:
        for pattern in model_admin.get_urls():
            if pattern.name and not pattern.name.endswith(known):
                yield model, pattern.name, pattern.pattern.converters


def arguments(model: type[models.Model], names) -> dict:
    """The keys of records that an address names."""
    record = sample(model)
    inner = {
        "number": lambda: 2,
        "what": lambda: "product",
        "kind": lambda: "products",
        "parcel": lambda: record.parcels.create(delivery_id="SF", waybill_id="SF1").pk,
        "difference": lambda: Difference.objects.create(spu=record, field="title", ours="一", theirs="二").pk,
        "trade": lambda: part_of(record).pk,
        "row": lambda: row_of(record).pk,
        "step": lambda: unknown_step(record).pk,
    }
    return {name: record.pk if name == "pk" else inner[name]() for name in names}


def part_of(payment: PaymentOrder) -> Trade:
    return Trade.objects.create(payment=payment, trade_no=f"t{payment.pk}", amount=100, paid_at=timezone.now())


def row_of(payment: PaymentOrder) -> TradeRefund:
    """A refund and a release, which have the same key."""
    part = part_of(payment)
    TradeSharing.objects.create(trade=part, profit_sharing_no="s1", pk=1)
    return TradeRefund.objects.create(trade=part, refund_no="r1", amount=1, pk=1)


def unknown_step(record: models.Model) -> Step:
    from wechat.steps import operations

    for op in operations.registry.values():
        if op.on is type(record) and not op.reads:
            step = operations.new_step(op, record.pk, state=Step.State.UNKNOWN)
            step.save()
            return step
    return Step(pk=0)


OWN = sorted({(name, model) for model, name, _names in addresses()}, key=lambda row: row[0])


@pytest.mark.parametrize(("name", "model"), OWN, ids=[name for name, _model in OWN])
def test_an_address_of_our_own_answers_valid_input(browser, platform, name, model):
    make_companies()
    converters = next(names for _model, at, names in addresses() if at == name)
    found = arguments(model, converters)
    assert browser.post(reverse(f"admin:{name}", kwargs=found), INPUT.get(name, {})).status_code < 500
    nowhere = {key: 0 if isinstance(value, int) else "none" for key, value in found.items()}
    assert browser.post(reverse(f"admin:{name}", kwargs=nowhere), INPUT.get(name, {})).status_code < 500
