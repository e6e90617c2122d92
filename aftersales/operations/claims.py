"""What can be asked of WeChat for one claim that the platform keeps (BEHAVIOUR 5.3).

After each asking the claim is read: what it became, a refund under way or already paid, is the platform's word.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wechat.errors import Action, OperationError, Refused
from wechat.models import Image
from wechat.operations import upload_image
from wechat.shop import ecaftersale as shop
from wechat.steps import NotDone, operation

from .. import payloads, snapshots
from ..limits import faults_of_content, faults_of_new
from ..models import Aftersale, ECStatus

S = ECStatus
NOT_THERE = 2747007


def _read_back(*still: int):
    """After a silence: WeChat acted when the claim has left these states."""

    def recover(claim: Aftersale):
        found = snapshots.read(claim)
        if found.status in still:
            snapshots.take_in(claim, found)
            raise NotDone
        return lambda: snapshots.take_in(claim, found)

    return recover


def _asked(claim: Aftersale, call, *still: int):
    """Ask, then read. Where WeChat refuses, and the claim has left these states already, that is what was asked for."""
    try:
        call()
    except Refused:
        found = snapshots.read(claim)
        snapshots.take_in(claim, found)
        if found.status in still:
            raise
        return lambda: None
    return _as_it_now_is(claim)


def _as_it_now_is(claim: Aftersale):
    """After WeChat did it: read what became of the claim. If that cannot be had now, the polling has it soon."""
    try:
        found = snapshots.read(claim)
    except OperationError:
        return lambda: None
    return lambda: snapshots.take_in(claim, found)


def _second_person(claim: Aftersale) -> dict[str, list]:
    if claim.needs_second_person:
        return {"": [_("An amount like this needs a second person: ask, and let somebody else approve.")]}
    return {}


def _find_opened(claim: Aftersale):
    try:
        found = snapshots.read(claim)
    except Refused as error:
        if error.errcode == NOT_THERE:
            raise NotDone from None
        raise
    return lambda: snapshots.take_in(claim, found)


@operation(gettext_lazy("Open at WeChat"), allowed=Aftersale.may_open, check=faults_of_new, recover=_find_opened)
def open_claim(claim: Aftersale):
    """Open a claim in the buyer's place."""
    try:
        claim.aftersale_id = shop.add(payloads.opened(claim))
    except Refused as error:
        if error.meaning.action in (Action.FIX, Action.STATE):
            Aftersale.objects.filter(pk=claim.pk).update(refusal={"errcode": error.errcode, "errmsg": error.errmsg})
        raise
    take_in = _as_it_now_is(claim)

    def record():
        Aftersale.objects.filter(pk=claim.pk, aftersale_id=None).update(aftersale_id=claim.aftersale_id)
        take_in()

    return record


def _find_change(claim: Aftersale):
    found = snapshots.read(claim)
    if any(found.claim.get(name) != value for name, value in payloads.content(claim).items() if name != "media_list"):
        raise NotDone
    return lambda: snapshots.take_in(claim, found)


@operation(gettext_lazy("Change"), allowed=Aftersale.may_change, check=faults_of_content, recover=_find_change)
def change_claim(claim: Aftersale):
    """Change a claim in the buyer's place; it waits for us anew."""
    shop.update(payloads.changed(claim))
    return _as_it_now_is(claim)


BEFORE_CANCEL = (S.TO_HANDLE, S.REFUND_REFUSED, S.RETURN_REFUSED, S.TO_RETURN, S.RETURN_CLOSED)


@operation(
    gettext_lazy("Cancel the claim"),
    allowed=Aftersale.may_cancel,
    recover=_read_back(*BEFORE_CANCEL),
    confirm=gettext_lazy("Withdraw this claim in the buyer's place?"),
)
def cancel_claim(claim: Aftersale):
    """Withdraw a claim in the buyer's place."""
    return _asked(claim, lambda: shop.cancel(claim.aftersale_id, claim.order.openid), *BEFORE_CANCEL)


@operation(gettext_lazy("Return shipment"), allowed=Aftersale.may_return, recover=_read_back(S.TO_RETURN))
def send_return_info(claim: Aftersale):
    """Say in the buyer's place how the goods come back."""
    info = {name: claim.return_info.get(name, "") for name in ("delivery_id", "delivery_name", "waybill_id")}
    return _asked(claim, lambda: shop.uploadreturninfo(claim.aftersale_id, claim.order.openid, info), S.TO_RETURN)


@operation(
    gettext_lazy("Agree to refund"),
    allowed=Aftersale.may_accept_refund,
    check=_second_person,
    recover=_read_back(S.TO_HANDLE),
    confirm=gettext_lazy("Agree? WeChat pays the buyer back at once."),
)
def accept_refund(claim: Aftersale):
    """Agree to a refund; WeChat pays it."""
    return _asked(claim, lambda: shop.acceptrefund(claim.aftersale_id), S.TO_HANDLE)


def _needs_address(claim: Aftersale) -> dict[str, list]:
    address = claim.return_address or payloads.default_address()
    if all(address.get(name) for name in ("receiver_name", "detailed_address", "tel_number")):
        return {}
    return {
        "return_address": [_("Say where the goods are sent back to, or keep a return address in the service settings.")]
    }


@operation(
    gettext_lazy("Agree to the return"),
    allowed=Aftersale.may_accept_return,
    check=_needs_address,
    recover=_read_back(S.TO_HANDLE),
)
def accept_return(claim: Aftersale):
    """Agree to take the goods back, to the claim's address or the usual one."""
    address = claim.return_address or payloads.default_address()
    record_it = _asked(claim, lambda: shop.acceptreturn(claim.aftersale_id, address), S.TO_HANDLE)

    def record():
        Aftersale.objects.filter(pk=claim.pk).update(return_address=address)
        record_it()

    return record


@operation(
    gettext_lazy("Goods arrived: refund"),
    allowed=Aftersale.may_confirm_goods,
    check=_second_person,
    recover=_read_back(S.TO_RECEIVE),
    confirm=gettext_lazy("The goods are here and in order? WeChat pays the buyer back at once."),
)
def confirm_goods(claim: Aftersale):
    """Confirm that the goods came back; WeChat refunds."""
    return _asked(claim, lambda: shop.acceptrefund(claim.aftersale_id), S.TO_RECEIVE)


def _needs_reason(claim: Aftersale) -> dict[str, list]:
    if claim.reject_reason.strip():
        return {}
    return {"reject_reason": [_("Write down why. WeChat is not told; your colleagues and a dispute will ask.")]}


@operation(
    gettext_lazy("Refuse"),
    allowed=Aftersale.may_reject,
    check=_needs_reason,
    recover=_read_back(S.TO_HANDLE, S.TO_RECEIVE),
    confirm=gettext_lazy("Refuse this claim? The buyer may turn to the platform, which then decides."),
)
def reject_claim(claim: Aftersale):
    """Refuse a claim. The reason stays here: WeChat takes none."""
    return _asked(claim, lambda: shop.reject(claim.aftersale_id), S.TO_HANDLE, S.TO_RECEIVE)


def _needs_proof(claim: Aftersale) -> dict[str, list]:
    faults: dict[str, list] = {}
    if not claim.refund_desc.strip():
        faults["refund_desc"] = [_("Say how and when the money was paid.")]
    if not claim.certificates.exists():
        faults["certificates"] = [_("Add a picture that proves it, such as the transfer's receipt.")]
    return faults


def _upload(claim: Aftersale) -> None:
    for image in Image.objects.filter(pk__in=claim.certificates.values("pk"), link=""):
        upload_image(image)


@operation(
    gettext_lazy("Send the proof"),
    allowed=Aftersale.may_upload_certificates,
    check=_needs_proof,
    prepare=_upload,
    recover=_read_back(S.REFUND_FAILED, S.OFFLINE_OVERDUE),
)
def upload_certificates(claim: Aftersale):
    """Show that you paid the buyer past WeChat, after its own refund failed."""
    links = list(claim.certificates.order_by("pk").values_list("link", flat=True))
    return _asked(
        claim,
        lambda: shop.upload_certificates(claim.aftersale_id, claim.refund_desc, links),
        S.REFUND_FAILED,
        S.OFFLINE_OVERDUE,
    )


@operation(gettext_lazy("Read from WeChat"), allowed=Aftersale.may_refresh, reads=True)
def refresh_claim(claim: Aftersale):
    """Read where the claim stands."""
    found = snapshots.read(claim)
    return lambda: snapshots.take_in(claim, found)
