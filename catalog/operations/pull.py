"""Pulls all products page by page and compares them with ours (BEHAVIOUR 3.4)."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console import jobs
from wechat.models import PulledList
from wechat.shop import spu as shop
from wechat.steps.operations import Applies, renew_lease
from wechat.steps.pulls import pull
from wechat.steps.reading import unread_since
from wechat.steps.unread import LeftOut

from .. import content
from ..models import SPU, Status
from ..snapshots import Snapshot, apply_snapshot
from .products import refresh_spu

PAGE = 100


@pull("products", _("Products"), name="pull_products", label=_("Pull all products"))
def pull_products(pulled: PulledList, sent: dict) -> Applies:
    """Read every product WeChat lists and compare it with ours; those it never lists are read one by one, as a job."""
    began, count, left_out = timezone.now(), 0, LeftOut()
    for status in (Status.LISTED, Status.DELISTED, Status.VIOLATION):
        for page in _pages(status, left_out):
            _apply_page(page, left_out)
            count += len(page)
            renew_lease()

    def finish() -> None:
        pulled.mark(count, left_out.note)
        if unlisted(began).exists():
            jobs.start(refresh_spu, unlisted(began))

    return finish


def unlisted(began: datetime | None) -> QuerySet[SPU]:
    """Products that WeChat should have and that a pull begun then did not list: never approved, or deleted there."""
    at_wechat = SPU.objects.current().exclude(edit_status=None)
    return (unread_since(at_wechat, began) if began else at_wechat).order_by("id")


def _pages(status: int, left_out: LeftOut) -> Iterator[dict[str, Snapshot]]:
    """{out_product_id: both copies}, page by page."""
    page = 1
    while True:
        began = timezone.now()
        drafts, _total = shop.get_list(status, page, PAGE, shop.DRAFT)
        online, _total = shop.get_list(status, page, PAGE, shop.ONLINE)
        copies = dict(left_out.readable(online, _named, "out_product_id", "title"))
        named = dict(left_out.readable(drafts, _named, "out_product_id", "title"))
        if named:
            yield {key: Snapshot(began, row, copies.get(key)) for key, row in named.items()}
        if len(drafts) < PAGE:
            return
        page += 1


def _named(row: dict) -> tuple[str, dict]:
    if not row.get("out_product_id"):
        raise KeyError("out_product_id")
    return str(row["out_product_id"]), row


def _apply_page(snapshots: dict[str, Snapshot], left_out: LeftOut) -> None:
    ours = {spu.out_product_id: spu for spu in SPU.objects.filter(out_product_id__in=snapshots)}
    for out_product_id, snapshot in snapshots.items():
        with left_out.unless_readable(snapshot.draft, "out_product_id"), transaction.atomic():
            spu = ours.get(out_product_id) or content.import_product(out_product_id, snapshot.draft or {})
            apply_snapshot(spu, snapshot)
