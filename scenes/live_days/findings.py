"""Finds the reasons why products of a live day could not be sold on that day."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from catalog.copies import flat
from catalog.models import SKU, SPU, EditStatus, SPUPicture, SPURound, Status
from console.money import yuan
from qualifications.materials import BRAND_PICTURES
from qualifications.models import BrandQualification, CategoryQualification, Document

from ..models import LiveDay
from ..models.scene import CHANNELS_GROUP
from .reviewed import groups_of

Papers = defaultdict[int | None, set[tuple[str, date]]]  # {owner's key: (name, expiry) of its papers}
LATELY = 200  # decided reviews from which the usual time is computed


class Finding(NamedTuple):
    text: str
    tone: str  # red: cannot be sold; amber: should be checked


class Look(NamedTuple):
    product: SPU
    findings: list[Finding]

    @property
    def is_ready(self) -> bool:
        return not self.findings


def usual_review() -> timedelta | None:
    """The usual time of a product review: the median of the last ones."""
    decided = SPURound.objects.exclude(decided_at=None).order_by("-id").values_list("submitted_at", "decided_at")
    return median_time(list(decided[:LATELY]))


def median_time(rounds: list[tuple[datetime, datetime | None]]) -> timedelta | None:
    """The median time of these reviews; None where none is decided."""
    spans = sorted(decided - submitted for submitted, decided in rounds if decided)
    return spans[len(spans) // 2] if spans else None


def looks(day: LiveDay) -> list[Look]:
    """Each product with its findings, in a constant number of queries."""
    rows = day.products.select_related("category", "brand").prefetch_related("skus").order_by("pk")
    with_pictures: Any = rows.annotate(picture=Subquery(SPUPicture.objects.heads(spu=OuterRef("pk"))))
    products: list[SPU] = list(with_pictures)
    expiring, groups = _expiring(products, day.date), groups_of(products)
    return [
        Look(
            product,
            [
                *_review(product),
                *_shelf(product),
                *_scene(product, groups.get(product.pk)),
                *_stock(product),
                *_prices(product),
                *expiring[product.pk],
            ],
        )
        for product in products
    ]


def _review(product: SPU) -> list[Finding]:
    if product.removed_at:
        return [Finding(pgettext("state of a product", "deleted at WeChat"), "red")]
    if product.online is None:
        message = _("not approved: %(state)s") % {"state": product.review_label}
        return [Finding(message, "red")]
    if product.edit_status in (EditStatus.IN_REVIEW, EditStatus.REJECTED):
        return [Finding(_("the newest version: %(state)s") % {"state": product.review_label}, "amber")]
    return []


def _shelf(product: SPU) -> list[Finding]:
    if product.online is not None and product.status != Status.LISTED and not product.removed_at:
        return [Finding(_("not on sale: %(state)s") % {"state": product.shelf_label or "–"}, "red")]
    return []


def _scene(product: SPU, groups: list[int] | None) -> list[Finding]:
    """Scene groups by the last approved round; before the first approval, by what would be sent for review."""
    if product.online is None:
        groups = product.scene_group_list
    if groups is None:
        return [Finding(_("approved outside this console: for which scenes is not known here"), "amber")]
    if CHANNELS_GROUP not in groups:
        return [Finding(_("not reviewed for the Channels scene"), "red")]
    return []


def _stock(product: SPU) -> list[Finding]:
    """Our stock, and WeChat's as last read, which WeChat does not lower itself: the console sends it after sales."""
    theirs = flat(product.online) if product.online is not None else {}
    skus, findings = list(product.skus.all()), []
    ours = [sku for sku in skus if not sku.stock_num]
    sold = [sku for sku in skus if sku.stock_num and theirs.get(f"skus[{sku.out_sku_id}].stock_num") == 0]
    tone = "red" if len(ours) + len(sold) == len(skus) else "amber"
    if ours:
        some = _("out of stock: %(skus)s") % {"skus": _names(ours)}
        findings.append(Finding(_("out of stock") if len(ours) == len(skus) else some, tone))
    if sold:
        some = _("WeChat has none left of %(skus)s: push the stock") % {"skus": _names(sold)}
        findings.append(Finding(_("WeChat has none left: push the stock") if len(sold) == len(skus) else some, tone))
    return findings


def _names(skus: list[SKU]) -> str:
    return ", ".join(str(sku) for sku in skus[:5])


def _prices(product: SPU) -> list[Finding]:
    if product.online is None:
        return []
    theirs, findings = flat(product.online), []
    for sku in product.skus.all():
        price = theirs.get(f"skus[{sku.out_sku_id}].sale_price")
        if price is None:
            findings.append(Finding(_("“%(sku)s” is not at WeChat") % {"sku": sku}, "red"))
        elif price != sku.sale_price:
            message = _("“%(sku)s” costs %(theirs)s at WeChat, %(ours)s here")
            message %= {"sku": sku, "theirs": yuan(price, "¥"), "ours": yuan(sku.sale_price, "¥")}
            findings.append(Finding(message, "amber"))
    return findings


def _expiring(products: list[SPU], day: date) -> dict[int, list[Finding]]:
    """Papers of the category, the brand and the product that expire before that day."""
    old = Document.objects.current().filter(expires_on__lt=day)
    categories: Papers = defaultdict(set)
    brands: Papers = defaultdict(set)
    own: Papers = defaultdict(set)
    category_ids = {product.category_id for product in products if product.category_id}
    for field in ("license", "certificate"):
        rows = CategoryQualification.objects.filter(category__third_cat_id__in=category_ids, **{f"{field}__in": old})
        for category, paper, until in rows.values_list(
            "category__third_cat_id", f"{field}__title", f"{field}__expires_on"
        ):
            if until and until < day:
                categories[category].add((paper, until))
    named = {product.brand_id for product in products if product.brand_id}
    applications = BrandQualification.objects.filter(brand_id__in=named)
    for field in ("license", *BRAND_PICTURES):
        for brand, paper, until in applications.filter(**{f"{field}__in": old}).values_list(
            "brand_id", f"{field}__title", f"{field}__expires_on"
        ):
            if until and until < day:
                brands[brand].add((paper, until))
    for brand, until in applications.filter(trademark_authorization_period__lt=day).values_list(
        "brand_id", "trademark_authorization_period"
    ):
        if until:
            brands[brand].add((_("trademark"), until))
    pictures = Q(image__places__spu__in=products, image__places__kind="qualification_pics")
    for spu, paper, until in old.filter(pictures).values_list("image__places__spu", "title", "expires_on"):
        if until:
            own[spu].add((paper, until))
    return {
        product.pk: [
            Finding(
                _("“%(paper)s” holds until %(day)s only") % {"paper": paper, "day": date_format(until, "Y-m-d")},
                "red",
            )
            for paper, until in sorted(
                categories[product.category_id] | brands[product.brand_id] | own[product.pk], key=str
            )
        ]
        for product in products
    }


def time_left(day: LiveDay) -> str:
    """Whether a review begun now would be decided before that day, by the usual time of a review."""
    usual, left = usual_review(), (day.date - timezone.localdate()).days
    ahead = ngettext("%(days)d day is left.", "%(days)d days are left.", max(0, left)) % {"days": max(0, left)}
    if left < 0:
        return _("The day is over.")
    if usual is None:
        return ahead + " " + _("No review has been decided yet; WeChat says 1 to 10 working days.")
    hours = usual.total_seconds() / 3600
    took = _("%(hours)d hours") % {"hours": round(hours)} if hours < 48 else _("%(days)d days") % {"days": usual.days}
    warn = "" if timedelta(days=left) > usual else " " + _("What is not in review by now will hardly be ready.")
    return ahead + " " + _("Reviews have lately been taking %(time)s.") % {"time": took} + warn
