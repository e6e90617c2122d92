"""What can be asked of WeChat for one product (BEHAVIOUR 3.3)."""

import time

from django.db import models
from django.db.models import Case, F, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.errors import Later, Paused, Refused
from wechat.models import Image
from wechat.operations import upload_image
from wechat.shop import spu as shop
from wechat.steps.errors import Conflict
from wechat.steps.operations import REPEAT, NotDone, operation
from wechat.values import number

from .. import copies, payloads, snapshots
from ..models import SKU, SPU, Difference, EditStatus, Status, Unsent
from ..rules import broken_by, broken_in_update

EXISTS, NOT_HANDED_OVER, NOT_IN_REVIEW = 1000012, 1000017, 1000016


def _upload(spu: SPU) -> None:
    """Give WeChat the pictures it has not got yet; each is a step of its own, and never sent twice."""
    images = {row.image_id: row.image for row in spu.pictures.all()}
    images |= {sku.thumb_img_id: sku.thumb_img for sku in spu.skus.all() if sku.thumb_img}
    missing = [image for image in images.values() if not image.link]
    for image in missing:
        _upload_one(image)
    if missing:
        spu.load_content()


def _upload_one(image: Image) -> None:
    try:
        upload_image(image)
    except Refused as error:
        error.errmsg = f"“{image}”: {error.errmsg}"
        raise
    except Conflict:
        # Another product with the same picture is uploading it.
        for _time in range(20):
            time.sleep(0.1)
            image.refresh_from_db()
            if image.link:
                return
        raise Paused("/shop/img/upload", 5) from None


def _find_submission(spu: SPU, sent: dict):
    """After a silence: WeChat acted if its draft is what was sent, and was not so before."""
    found = snapshots.read(spu)
    if found.draft is None or not _acted(spu, sent, found):
        snapshots.take_in(spu, found)
        raise NotDone

    def keep():
        _submitted(spu, sent, found.draft or {})
        # The submission lies before the read, so the read may say how it went on.
        SPU.objects.filter(pk=spu.pk).update(read_at=None)
        snapshots.take_in(spu, found._replace(began=timezone.now()), known=sent)

    return keep


def _acted(spu: SPU, sent: dict, found: snapshots.Snapshot) -> bool:
    if copies.changed(sent, copies.completed(found.draft or {}, sent)):
        return False
    known = spu.draft
    if known is None or copies.changed(sent, known) or found.edit_status == EditStatus.IN_REVIEW:
        return True
    return (found.draft or {}).get("audit_info") != known.get("audit_info")


@operation(
    on=SPU,
    name="submit_spu",
    label=_("Submit for review"),
    allowed=SPU.may_submit,
    check=broken_by,
    prepare=_upload,
    payload=payloads.product,
    recover=_find_submission,
)
def submit_spu(spu: SPU, sent: dict):
    """Send a product for review: a new one is added, a known one updated."""
    data = _send(spu, sent)
    return lambda: _submitted(spu, sent, data)


@operation(
    on=SPU,
    name="resubmit_spu",
    label=_("Withdraw and submit again"),
    allowed=SPU.may_resubmit,
    check=broken_by,
    prepare=_upload,
    payload=payloads.product,
    recover=_find_submission,
    confirm=_("Withdraw it from review and submit it as it stands here? It goes to the end of the queue."),
)
def resubmit_spu(spu: SPU, sent: dict):
    """Take a product out of review and send it as it stands here."""
    try:
        shop.del_audit(spu.out_product_id)
    except Refused as error:
        if error.errcode != NOT_IN_REVIEW:
            raise
    try:
        data = _send(spu, sent)
    except (Refused, Paused):
        # Half of it came about.
        _withdrawn(spu)
        raise
    return lambda: _submitted(spu, sent, data)


@operation(
    on=SPU,
    name="update_spu_without_audit",
    label=_("Update price and stock"),
    allowed=SPU.may_update_without_audit,
    check=broken_in_update,
    payload=payloads.without_audit,
    recover=REPEAT,
)
def update_spu_without_audit(spu: SPU, sent: dict):
    """Send prices, stock and codes, which need no review; what is on sale stays on sale."""
    try:
        shop.update_without_audit(sent)
    except Refused:
        _reread(spu)
        raise
    return lambda: _updated(spu, sent)


@operation(
    on=SPU,
    name="update_spu_stock",
    label=_("Update stock alone"),
    allowed=SPU.may_update_without_audit,
    payload=payloads.stock_alone,
    recover=REPEAT,
)
def update_spu_stock(spu: SPU, sent: dict):
    """Send the stock and nothing else, so that prices somebody has not sent yet stay unsent."""
    shop.update_without_audit(sent)
    return lambda: _updated(spu, sent)


def _find_withdrawal(spu: SPU, sent: dict):
    found = _reread(spu)
    if found.edit_status != EditStatus.EDITING:
        raise NotDone
    return lambda: _withdrawn(spu)


@operation(
    on=SPU, name="withdraw_spu", label=_("Withdraw from review"), allowed=SPU.may_resubmit, recover=_find_withdrawal
)
def withdraw_spu(spu: SPU, sent: dict):
    """Take a product out of review, to change it or to leave it."""
    _unless_done(spu, shop.del_audit, lambda found: found.edit_status == EditStatus.EDITING)
    return lambda: _withdrawn(spu)


def _find_status(status: int):
    def recover(spu: SPU, sent: dict):
        if _reread(spu).status != status:
            raise NotDone
        return lambda: _put(spu, status)

    return recover


@operation(on=SPU, name="list_spu", label=_("Put on sale"), allowed=SPU.may_list, recover=_find_status(Status.LISTED))
def list_spu(spu: SPU, sent: dict):
    """Put a product that you took off sale back on."""
    _unless_done(spu, shop.listing, lambda found: found.status == Status.LISTED)
    return lambda: _put(spu, Status.LISTED)


@operation(
    on=SPU, name="delist_spu", label=_("Take off sale"), allowed=SPU.may_delist, recover=_find_status(Status.DELISTED)
)
def delist_spu(spu: SPU, sent: dict):
    """Take a product off sale; it can be put back on at any time."""
    _unless_done(spu, shop.delisting, lambda found: found.status == Status.DELISTED)
    return lambda: _put(spu, Status.DELISTED)


def _find_removal(spu: SPU, sent: dict):
    if _reread(spu).draft is not None:
        raise NotDone
    return lambda: snapshots.mark_removed(spu)


@operation(
    on=SPU,
    name="remove_spu",
    label=_("Delete at WeChat"),
    allowed=SPU.may_remove,
    recover=_find_removal,
    confirm=_("Delete it at WeChat for ever? Its product id can never be used again."),
)
def remove_spu(spu: SPU, sent: dict):
    """Delete a product at WeChat. There is no way back, and its product id is used up."""
    _unless_done(spu, shop.del_, lambda found: found.draft is None)
    return lambda: snapshots.mark_removed(spu)


@operation(on=SPU, name="refresh_spu", label=_("Read from WeChat"), allowed=SPU.may_refresh, reads=True)
def refresh_spu(spu: SPU, sent: dict):
    """Read where the product stands, and what WeChat's copies hold."""
    found = snapshots.read(spu)
    return lambda: snapshots.take_in(spu, found)


def _send(spu: SPU, sent: dict) -> dict:
    """Add or update, whichever is right; what WeChat has by that id already is updated."""
    try:
        if spu.is_known:
            return shop.update(sent)
        try:
            return shop.add(sent)
        except Refused as error:
            if error.errcode != EXISTS or _reread(spu).draft is None:
                if error.errcode == EXISTS:
                    snapshots.mark_removed(spu)
                raise
            return shop.update(sent)
    except Later as error:
        # Kept, but not handed to review: an update pushes it again.
        if error.errcode != NOT_HANDED_OVER:
            raise
        return shop.update(sent)
    except Refused:
        if spu.is_known:
            _reread(spu)
        raise


def _unless_done(spu: SPU, call, is_done) -> None:
    """Ask; where WeChat refuses, read the product: if it is as wanted, that is what was asked for."""
    try:
        call(spu.out_product_id)
    except Refused:
        if not is_done(_reread(spu)):
            raise


def _reread(spu: SPU) -> snapshots.Snapshot:
    found = snapshots.read(spu)
    snapshots.take_in(spu, found)
    return found


def _submitted(spu: SPU, sent: dict, data: dict) -> None:
    """WeChat took it: from now on it is in review, and its draft is what was sent."""
    _keep(
        spu,
        product_id=number(data.get("product_id")) or spu.product_id,
        edit_status=EditStatus.IN_REVIEW,
        status=Status.NEVER if spu.status is None else spu.status,
        draft=sent,
        reject_reason="",
        unsent=_unless_edited(spu, Unsent.NOTHING),
    )
    spu.rounds.create(sent=sent)
    Difference.objects.filter(spu=spu).delete()
    for row in data.get("skus") or []:
        if sku_id := number(row.get("sku_id")):
            SKU.objects.filter(spu=spu, out_sku_id=row.get("out_sku_id"), sku_id=None).update(sku_id=sku_id)


def _updated(spu: SPU, sent: dict) -> None:
    # As it is now: staff may have edited it while WeChat was silent.
    now = SPU.objects.with_content().get(pk=spu.pk)
    draft, online = copies.with_free(now.draft, sent), copies.with_free(now.online, sent)
    _keep(spu, draft=draft, online=online, unsent=copies.unsent(payloads.product(now), draft, online))
    settled = [row.pk for row in Difference.objects.filter(spu=spu) if copies.is_free(row.field)]
    Difference.objects.filter(pk__in=settled).delete()


def _withdrawn(spu: SPU) -> None:
    _keep(spu, edit_status=EditStatus.EDITING)
    spu.rounds.filter(status=EditStatus.IN_REVIEW).update(status=EditStatus.EDITING, decided_at=timezone.now())


def _put(spu: SPU, status: int) -> None:
    _keep(spu, status=status)


def _keep(spu: SPU, **fields) -> None:
    # A read that began before WeChat answered tells of what was before.
    SPU.objects.filter(pk=spu.pk).update(read_at=timezone.now(), **fields)


def _unless_edited(spu: SPU, unsent: int) -> models.expressions.Combinable:
    """What is left to send, unless somebody changed the product while WeChat was asked."""
    return Case(When(changed_at=spu.changed_at, then=Value(int(unsent))), default=F("unsent"))
