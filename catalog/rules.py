"""What WeChat requires of a product (BEHAVIOUR 3.4), checked before it is sent; returns messages by field.

Each rule is a row: its name, the day from which it applies, and its check. A rule that WeChat has announced is
entered with its date and applies from that day.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.models import AccountInfo, Image
from wechat.values import MOST

from .models import SKU, SPU, Need, SPUPicture

Kind = SPUPicture.Kind
Faults = Iterator[tuple[str, str | Promise]]
HOSTS = ("store.mp.video.tencent-cloud.com", "mmbizurl.cn", "mmecimage.cn")
# Words by which reviewers recognise test products, except in names of real products such as a blood-sugar test kit.
TEST_WORDS = re.compile(r"测试(?!仪|纸|笔|盒|卡|剂|器|条|棒|表|机|液|包)|(?<![a-z])(test|demo)(?![a-z])", re.IGNORECASE)


class Rule(NamedTuple):
    name: str
    since: date
    check: Callable[[SPU], Faults]


def limit(name: str) -> int:
    return settings.PRODUCT_LIMITS[name]


def sku_field(sku: SKU, name: str) -> str:
    return f"skus[{sku.out_sku_id}].{name}"


def _needs(spu: SPU, *, field: str, text: str | Promise) -> Faults:
    if not getattr(spu, field):
        yield field, text


def _title_length(spu: SPU) -> Faults:
    least, most = limit("title_min"), limit("title_max")
    if spu.title and not least <= len(spu.title) <= most:
        yield (
            "title",
            _("The title has %(count)d characters; WeChat takes %(least)d to %(most)d.")
            % {"count": len(spu.title), "least": least, "most": most},
        )


def _test_words(spu: SPU) -> Faults:
    if match := TEST_WORDS.search(spu.title):
        yield "title", _("“%(word)s” in the title: reviewers reject it as a test product.") % {"word": match.group()}


def _category(spu: SPU) -> Faults:
    category = spu.category
    if category is None:
        yield "category", _("Choose the category.")
    elif category.gone:
        yield "category", _("WeChat no longer lists this category. Choose another.")
    elif not category.is_usable:
        yield "category", _("The category is not granted yet: apply for it under “Category applications” first.")


def _brand(spu: SPU) -> Faults:
    if spu.brand is not None and spu.brand.gone:
        yield "brand", _("The brand is no longer granted: apply for it under “Brand applications”.")


def _papers(spu: SPU) -> Faults:
    category = spu.category
    if category and category.product_qualification_type == Need.REQUIRED and not spu.links(Kind.QUALIFICATION):
        yield (
            Kind.QUALIFICATION,
            _("This category asks for papers of the product: %(papers)s")
            % {"papers": category.product_qualification or "–"},
        )


def _pictures(spu: SPU, *, kind: str, least: int, most: str) -> Faults:
    count = len(spu.links(kind))
    if count < least:
        yield kind, _("At least one picture is needed.")
    if count > limit(most):
        text = _("%(count)d pictures are too many; WeChat takes %(most)d.")
        yield kind, text % {"count": count, "most": limit(most)}


def _hosts(spu: SPU) -> Faults:
    for kind in Kind.values:
        for image in spu.links(kind):
            if not _can_be_sent(image):
                yield kind, _not_at_wechat(image)
    for sku in spu.skus.all():
        if sku.thumb_img and not _can_be_sent(sku.thumb_img):
            yield sku_field(sku, "thumb_img"), _not_at_wechat(sku.thumb_img)


def _can_be_sent(image: Image) -> bool:
    return bool(image.file) if not image.link else urlsplit(image.link).hostname in HOSTS


def _not_at_wechat(image: Image) -> str:
    return _("The picture “%(name)s” is not stored at WeChat. Choose its file, so that it is uploaded.") % {
        "name": image
    }


def _customer_service(spu: SPU) -> Faults:
    info = AccountInfo.objects.first() if spu.account is None else spu.account.info
    if info is None:
        return
    agent_types = info.platform.get("service_agent_type")
    if info.OFFICIAL not in (info.service_agent_type if agent_types is None else agent_types):
        yield "", _("WeChat's official customer service is off: switch it on in the service settings and send them.")


def _skus(spu: SPU) -> Faults:
    skus = list(spu.skus.all())
    if not skus:
        yield "skus", _("Add at least one SKU, also when there is only one kind.")
    if len(skus) > limit("skus"):
        text = _("%(count)d SKUs are too many; WeChat takes %(most)d.")
        yield "skus", text % {"count": len(skus), "most": limit("skus")}
    if any(not sku.out_sku_id.strip() for sku in skus):
        yield "skus", _("Every SKU needs an id: orders name it.")


def _attributes(spu: SPU) -> Faults:
    skus = list(spu.skus.all())
    seen: dict[tuple, SKU] = {}
    for sku in skus:
        pairs = tuple(sorted((_stripped(attr, "attr_key"), _stripped(attr, "attr_value")) for attr in sku.sku_attrs))
        field = sku_field(sku, "sku_attrs")
        if any(not (key and value) for key, value in pairs):
            yield field, _("Write attributes as “colour: red; size: M”.")
        elif not pairs and len(skus) > 1:
            yield field, _("With several SKUs each needs attributes, such as “colour: red”.")
        elif pairs in seen:
            yield field, _("The SKU “%(other)s” has the same attributes.") % {"other": seen[pairs].out_sku_id}
        seen.setdefault(pairs, sku)


def _stripped(attr: dict, name: str) -> str:
    return str(attr.get(name) or "").strip()


def _prices(spu: SPU) -> Faults:
    for sku in spu.skus.all():
        if sku.sale_price <= 0:
            yield sku_field(sku, "sale_price"), _("The price has to be above zero.")
        if sku.market_price is not None and sku.market_price < sku.sale_price:
            yield sku_field(sku, "market_price"), _("The list price must not be below the price.")
        for name in ("sale_price", "market_price", "stock_num"):
            if (getattr(sku, name) or 0) > MOST:
                yield sku_field(sku, name), _("The number is too large.")


def _stock(spu: SPU) -> Faults:
    sent_ids = {sku.get("out_sku_id") for copy in (spu.draft, spu.online) for sku in (copy or {}).get("skus") or []}
    for sku in spu.skus.all():
        if sku.stock_num == 0 and sku.out_sku_id not in sent_ids:
            yield sku_field(sku, "stock_num"), _("A new SKU needs a stock above zero.")


BEGINNING = date(2021, 3, 1)  # of the component
PRICES = Rule("prices", BEGINNING, _prices)
RULES = [
    Rule("title", BEGINNING, partial(_needs, field="title", text=gettext_lazy("The title is needed."))),
    Rule("title_length", BEGINNING, _title_length),
    Rule("test_words", BEGINNING, _test_words),
    Rule(
        "path",
        BEGINNING,
        partial(_needs, field="path", text=gettext_lazy("The product's page in the mini program is needed.")),
    ),
    Rule("category_granted", BEGINNING, _category),
    Rule("brand_granted", BEGINNING, _brand),
    Rule("product_papers", BEGINNING, _papers),
    Rule("head_img", BEGINNING, partial(_pictures, kind=Kind.HEAD, least=1, most="head_img")),
    Rule("imgs", BEGINNING, partial(_pictures, kind=Kind.DETAIL, least=0, most="imgs")),
    Rule("qualification_pics", BEGINNING, partial(_pictures, kind=Kind.QUALIFICATION, least=0, most="imgs")),
    Rule("picture_host", BEGINNING, _hosts),
    Rule("skus", BEGINNING, _skus),
    Rule("attributes", BEGINNING, _attributes),
    PRICES,
    Rule("stock_of_new_sku", BEGINNING, _stock),
    Rule("customer_service", date(2022, 3, 1), _customer_service),
]


def broken_by(spu: SPU, rules: list[Rule] | None = None) -> dict[str, list]:
    """{field: [messages]} of what WeChat would refuse today; the field "" stands for the account."""
    if spu.loaded_ahead:
        spu.loaded_ahead = False  # once: whoever asks again asks of what is there then
    else:
        spu.load_content()
    return broken_as_loaded(spu, RULES if rules is None else rules)


def broken_as_loaded(spu: SPU, rules: list[Rule]) -> dict[str, list]:
    """The same by the SKUs and pictures at hand."""
    today = timezone.localdate()
    broken: dict[str, list] = {}
    for rule in rules:
        if rule.since <= today:
            for field, text in rule.check(spu):
                broken.setdefault(str(field), []).append(text)
    return broken


def broken_in_update(spu: SPU) -> dict[str, list]:
    """What WeChat would refuse in an update without review: only prices are checked."""
    return broken_by(spu, [PRICES])
