"""Operations on one product (BEHAVIOUR 3.3)."""

import time

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.errors import Later, Paused, Refused
from wechat.models import Image
from wechat.operations import upload_image
from wechat.shop import spu as shop
from wechat.statements import insert
from wechat.steps.errors import Conflict
from wechat.steps.operations import REPEAT, Applies, Body, operation
from wechat.steps.reading import Reading, accepted
from wechat.values import number

from .. import copies, payloads
from ..models import SKU, SPU, Difference, EditStatus, SPURound, Status, Unsent
from ..price_cuts import PRICE_CUT
from ..refusals import question
from ..rules import broken_by, broken_in_update
from ..snapshots import Snapshot, apply_snapshot, mark_removed, read

EXISTS, NOT_HANDED_OVER, NOT_IN_REVIEW = 1000012, 1000017, 1000016
reading = Reading(read, apply_snapshot)


def _upload(spu: SPU) -> None:
    """Upload the pictures that WeChat does not have yet; each is a step of its own, and is never sent twice."""
    if not _missing(spu):
        return
    spu.load_content()  # another product's step may have uploaded them by now
    for image in _missing(spu):
        _upload_one(image)
    spu.load_content()


def _missing(spu: SPU) -> list[Image]:
    images = [row.image for row in spu.pictures.all()]
    images += [sku.thumb_img for sku in spu.skus.all() if sku.thumb_img]
    return list({image.pk: image for image in images if not image.link}.values())


def _upload_one(image: Image) -> None:
    try:
        upload_image(image)
    except Refused as error:
        error.errmsg = f"“{image}”: {error.errmsg}"
        raise
    except Conflict:
        # A step of another product is uploading the same picture: wait for it.
        for _time in range(20):
            time.sleep(0.1)
            image.refresh_from_db()
            if image.link:
                return
        raise Paused("/shop/img/upload", 5) from None


def _was_submitted(spu: SPU, snapshot: Snapshot, sent: dict) -> bool:
    """Whether WeChat's draft equals what was sent, and did not before."""
    if snapshot.draft is None or copies.changed(sent, copies.completed(snapshot.draft, sent)):
        return False
    before = spu.draft
    if before is None or copies.changed(sent, before) or snapshot.edit_status == EditStatus.IN_REVIEW:
        return True
    return snapshot.draft.get("audit_info") != before.get("audit_info")


def _found_submitted(spu: SPU, sent: dict, snapshot: Snapshot) -> None:
    _submitted(spu, sent, snapshot.draft or {})
    # The submission was before this read, so the read may contain WeChat's decision already: apply it as the newer one.
    SPU.objects.filter(pk=spu.pk).update(read_at=None)
    apply_snapshot(spu, snapshot._replace(began=timezone.now()), expected=sent)


_find_submission = reading.recover_where(_was_submitted, then=_found_submitted)


@operation(
    on=SPU,
    name="submit_spu",
    second=PRICE_CUT,
    label=_("Submit for review"),
    allowed=SPU.may_submit,
    check=broken_by,
    prepare=_upload,
    payload=payloads.product,
    recover=_find_submission,
    asks=question,
)
def submit_spu(spu: SPU, sent: dict) -> Applies:
    """Send a product for review: a new one is added, an existing one updated."""
    data = _send(spu, sent)
    return lambda: _submitted(spu, sent, data)


@operation(
    on=SPU,
    name="resubmit_spu",
    second=PRICE_CUT,
    label=_("Withdraw and submit again"),
    allowed=SPU.may_resubmit,
    check=broken_by,
    prepare=_upload,
    payload=payloads.product,
    recover=_find_submission,
    confirm=_("Withdraw it from review and submit it as it stands here? It goes to the end of the queue."),
)
def resubmit_spu(spu: SPU, sent: dict) -> Applies:
    """Withdraw a product from review and submit it again with its content here."""
    try:
        shop.del_audit(spu.out_product_id)
    except Refused as error:
        if error.errcode != NOT_IN_REVIEW:
            raise
    try:
        data = _send(spu, sent)
    except (Refused, Paused):
        # Withdrawn but not submitted: the step will close as refused and apply nothing, so store the withdrawal here.
        _withdrawn(spu)
        raise
    return lambda: _submitted(spu, sent, data)


@operation(
    on=SPU,
    name="update_spu_without_audit",
    second=PRICE_CUT,
    label=_("Update price and stock"),
    allowed=SPU.may_update_without_audit,
    check=broken_in_update,
    payload=payloads.without_audit,
    recover=REPEAT,
)
def update_spu_without_audit(spu: SPU, sent: dict) -> Applies:
    """Send prices, stock and codes, which need no review; the product stays on sale."""
    try:
        shop.update_without_audit(sent)
    except Refused:
        reading.reread(spu)
        raise

    def apply() -> None:
        updated(spu, sent)
        PRICE_CUT.end(spu)  # it was sent; stock alone, which sales push, ends nothing that waits

    return apply


@operation(
    on=SPU,
    name="update_spu_stock",
    label=_("Update stock alone"),
    allowed=SPU.may_update_without_audit,
    payload=payloads.stock_alone,
    recover=REPEAT,
)
def update_spu_stock(spu: SPU, sent: dict) -> Applies:
    """Send only the stock, so that price changes that nobody has sent yet stay unsent."""
    shop.update_without_audit(sent)
    return lambda: updated(spu, sent)


def _found_withdrawn(spu: SPU, sent: dict, snapshot: Snapshot) -> None:
    apply_snapshot(spu, snapshot)
    _withdrawn(spu)


@operation(
    on=SPU,
    name="withdraw_spu",
    label=_("Withdraw from review"),
    allowed=SPU.may_resubmit,
    recover=reading.recover_where(
        lambda spu, snapshot, sent: snapshot.edit_status == EditStatus.EDITING, then=_found_withdrawn
    ),
)
def withdraw_spu(spu: SPU, sent: dict) -> Applies:
    """Withdraw a product from review."""
    reading.unless_done(
        spu,
        lambda: shop.del_audit(spu.out_product_id),
        lambda snapshot: snapshot.edit_status == EditStatus.EDITING,
    )
    return lambda: _withdrawn(spu)


def _find_status(status: int) -> Body:
    """A recovery: done where the product has this status at WeChat (on sale or off sale)."""

    def apply(spu: SPU, sent: dict, snapshot: Snapshot) -> None:
        apply_snapshot(spu, snapshot)
        accepted(spu, status=status)

    return reading.recover_where(lambda spu, snapshot, sent: snapshot.status == status, then=apply)


@operation(on=SPU, name="list_spu", label=_("Put on sale"), allowed=SPU.may_list, recover=_find_status(Status.LISTED))
def list_spu(spu: SPU, sent: dict) -> Applies:
    """Put a product that you took off sale back on sale."""
    reading.unless_done(
        spu, lambda: shop.listing(spu.out_product_id), lambda snapshot: snapshot.status == Status.LISTED
    )
    return lambda: accepted(spu, status=Status.LISTED)


@operation(
    on=SPU,
    name="delist_spu",
    label=_("Take off sale"),
    allowed=SPU.may_delist,
    recover=_find_status(Status.DELISTED),
    typed_above=settings.DELIST_TYPED_ABOVE,
    second_above=settings.MANY_SECOND_PERSON,
)
def delist_spu(spu: SPU, sent: dict) -> Applies:
    """Take a product off sale; it can be put back on at any time."""
    reading.unless_done(
        spu, lambda: shop.delisting(spu.out_product_id), lambda snapshot: snapshot.status == Status.DELISTED
    )
    return lambda: accepted(spu, status=Status.DELISTED)


def _found_removed(spu: SPU, sent: dict, snapshot: Snapshot) -> None:
    apply_snapshot(spu, snapshot)
    mark_removed(spu)


@operation(
    on=SPU,
    name="remove_spu",
    label=_("Delete at WeChat"),
    allowed=SPU.may_remove,
    recover=reading.recover_where(lambda spu, snapshot, sent: snapshot.draft is None, then=_found_removed),
    confirm=_("Delete it at WeChat for ever? Its product id can never be used again."),
    typed_above=0,
    second_above=settings.MANY_SECOND_PERSON,
)
def remove_spu(spu: SPU, sent: dict) -> Applies:
    """Delete a product at WeChat. There is no way back, and its product id is used up."""
    reading.unless_done(spu, lambda: shop.del_(spu.out_product_id), lambda snapshot: snapshot.draft is None)
    return lambda: mark_removed(spu)


@operation(on=SPU, name="refresh_spu", label=_("Read from WeChat"), allowed=SPU.may_refresh, reads=True)
def refresh_spu(spu: SPU, sent: dict) -> Applies:
    """Read the product's state and both of WeChat's copies."""
    return reading.refresh(spu)


def _send(spu: SPU, sent: dict) -> dict:
    """Create the product, or update it where WeChat has its out_product_id already."""
    try:
        if spu.is_known:
            return shop.update(sent)
        try:
            return shop.add(sent)
        except Refused as error:
            if error.errcode != EXISTS or reading.reread(spu).draft is None:
                if error.errcode == EXISTS:
                    mark_removed(spu)
                raise
            return shop.update(sent)
    except Later as error:
        # WeChat stored it, but did not submit it for review: an update submits it again.
        if error.errcode != NOT_HANDED_OVER:
            raise
        return shop.update(sent)
    except Refused:
        if spu.is_known:
            reading.reread(spu)
        raise


def _submitted(spu: SPU, sent: dict, data: dict) -> None:
    """WeChat accepted it: store that it is in review, that its draft is what was sent, and the SKUs' ids."""
    accepted(
        spu,
        product_id=number(data.get("product_id")) or spu.product_id,
        edit_status=EditStatus.IN_REVIEW,
        status=Status.NEVER if spu.status is None else spu.status,
        draft=sent,
        reject_reason="",
        unsent=_unless_edited(spu, Unsent.NOTHING),
    )
    insert(SPURound(spu=spu, sent=sent))
    PRICE_CUT.end(spu)
    Difference.objects.filter(spu=spu)._raw_delete("default")
    for row in data.get("skus") or []:
        if sku_id := number(row.get("sku_id")):
            SKU.objects.filter(spu=spu, out_sku_id=row.get("out_sku_id"), sku_id=None).update(sku_id=sku_id)


def updated(spu: SPU, sent: dict) -> None:
    """WeChat took prices, stock or codes without a review: both copies have them."""
    # Read again: staff may have edited it during the call.
    now = SPU.objects.with_content().get(pk=spu.pk)
    draft, online = copies.with_free(now.draft, sent), copies.with_free(now.online, sent)
    accepted(spu, draft=draft, online=online, unsent=copies.unsent(payloads.product(now), draft, online))
    resolved = [row.pk for row in Difference.objects.filter(spu=spu) if copies.is_free(row.field)]
    Difference.objects.filter(pk__in=resolved).delete()


def _withdrawn(spu: SPU) -> None:
    accepted(spu, edit_status=EditStatus.EDITING)
    spu.rounds.filter(status=EditStatus.IN_REVIEW).update(status=EditStatus.EDITING, decided_at=timezone.now())


def _unless_edited(spu: SPU, unsent: int) -> models.expressions.Combinable:
    """An expression: `unsent`, or the column's old value where somebody changed the product during the call."""
    return Case(When(changed_at=spu.changed_at, then=Value(int(unsent))), default=F("unsent"))
