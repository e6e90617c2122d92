"""What can be asked of WeChat for one claim that the platform keeps (BEHAVIOUR 5.3).

After each asking the claim is read: what it became, a refund under way or already paid, is the platform's word.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.money import yuan
from wechat.errors import Action, OperationError, Refused
from wechat.models import Image
from wechat.operations import upload_image
from wechat.shop import ecaftersale as shop
from wechat.steps.errors import Conflict
from wechat.steps.operations import NotDone, operation
from wechat.values import number

from .. import payloads, snapshots
from ..limits import faults_of_content, faults_of_new
from ..models import Aftersale, ECStatus

S = ECStatus
NOT_THERE = 2747007


# Where a claim stands after what was asked for was done, or some time after that.
REFUND_WANTED = (S.REFUNDING, S.REFUNDED, S.RETURNED, S.REFUND_FAILED, S.OFFLINE_OVERDUE, S.PROOF_SENT)
RETURN_WANTED = (S.TO_RETURN, S.RETURN_CLOSED, S.TO_RECEIVE)
REFUSAL_WANTED = (S.REFUND_REFUSED, S.RETURN_REFUSED)
PROOF_WANTED = (S.PROOF_SENT, S.REFUNDED, S.RETURNED, S.RETRY_FAILED)


def _seen(claim: Aftersale) -> dict:
    """The claim as it was decided on: one that has moved since is not decided by it."""
    return {"moved_at": claim.moved_at.isoformat() if claim.moved_at else None}


def _changed_meanwhile(claim: Aftersale) -> str:
    said = _("The claim has changed at WeChat: it is now “%(state)s”, for %(amount)s. Look again before you decide.")
    return said % {"state": claim.state_label, "amount": yuan(claim.orderamt, "¥")}


def _read_back(*wanted: int):
    """After a silence: done where the claim stands as was wanted; asked again only if it has not moved at all."""

    def recover(claim: Aftersale, seen: dict):
        found = snapshots.read(claim)
        if found.status in wanted:
            return lambda: snapshots.take_in(claim, found)
        snapshots.take_in(claim, found)
        claim.refresh_from_db()
        raise NotDone(*([] if _seen(claim) == seen else [_changed_meanwhile(claim)]))

    return recover


def _asked(claim: Aftersale, call, *wanted: int):
    """Ask, then read. Where WeChat refuses, but the claim stands as was wanted already, that is as good."""
    try:
        call()
    except Refused:
        found = snapshots.read(claim)
        snapshots.take_in(claim, found)
        if found.status not in wanted:
            raise
        return lambda: None
    return _as_it_now_is(claim)


def _look_again(claim: Aftersale) -> None:
    """`acceptrefund` names no amount: read first what WeChat would pay at this moment. Raises Conflict when it is other
    than what was decided on."""
    decided = (claim.status, claim.type, claim.orderamt)
    found = snapshots.read(claim)
    snapshots.take_in(claim, found)
    claim.refresh_from_db()
    if (claim.status, claim.type, claim.orderamt) != decided:
        raise Conflict(_changed_meanwhile(claim))


def _as_it_now_is(claim: Aftersale):
    """After WeChat did it: read what became of the claim. If that cannot be had now, the polling has it soon."""
    try:
        found = snapshots.read(claim)
    except OperationError:
        return lambda: None
    return lambda: snapshots.take_in(claim, found)


def _second_person(claim: Aftersale) -> dict[str, list]:
    if claim.needs_second_person:
        return {
            "": [_("An amount like this needs a second person: press this on the claim's own page to ask for one.")]
        }
    return {}


def _find_opened(claim: Aftersale, sent: dict):
    try:
        found = snapshots.read(claim)
    except Refused as error:
        if error.errcode == NOT_THERE:
            raise NotDone from None
        raise
    return lambda: snapshots.take_in(claim, found)


@operation(
    on=Aftersale,
    name="open_claim",
    label=gettext_lazy("Open at WeChat"),
    allowed=Aftersale.may_open,
    check=faults_of_new,
    recover=_find_opened,
)
def open_claim(claim: Aftersale, sent: dict):
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


NUMBERS = ("type", "orderamt", "refund_reason_type")


def _find_change(claim: Aftersale, sent: dict):
    found = snapshots.read(claim)
    is_there = all(number(found.claim.get(name)) == sent[name] for name in NUMBERS)
    if not is_there or str(found.claim.get("refund_reason") or "") != sent["refund_reason"]:
        raise NotDone
    return lambda: snapshots.take_in(claim, found)


@operation(
    on=Aftersale,
    name="change_claim",
    label=gettext_lazy("Change"),
    allowed=Aftersale.may_change,
    check=faults_of_content,
    payload=payloads.changed,
    recover=_find_change,
)
def change_claim(claim: Aftersale, sent: dict):
    """Change a claim in the buyer's place; it waits for us anew."""
    try:
        shop.update(sent)
    except Refused:
        # What was written down to be sent is not what the claim asks for.
        snapshots.take_in(claim, snapshots.read(claim))
        raise
    return _as_it_now_is(claim)


@operation(
    on=Aftersale,
    name="cancel_claim",
    label=gettext_lazy("Cancel the claim"),
    allowed=Aftersale.may_cancel,
    payload=_seen,
    recover=_read_back(S.CANCELLED),
    confirm=gettext_lazy("Withdraw this claim in the buyer's place?"),
)
def cancel_claim(claim: Aftersale, seen: dict):
    """Withdraw a claim in the buyer's place."""
    return _asked(claim, lambda: shop.cancel(claim.aftersale_id, claim.order.openid), S.CANCELLED)


@operation(
    on=Aftersale,
    name="send_return_info",
    label=gettext_lazy("Return shipment"),
    allowed=Aftersale.may_return,
    payload=_seen,
    recover=_read_back(S.TO_RECEIVE),
)
def send_return_info(claim: Aftersale, seen: dict):
    """Say in the buyer's place how the goods come back."""
    info = {name: claim.return_info.get(name, "") for name in ("delivery_id", "delivery_name", "waybill_id")}
    return _asked(claim, lambda: shop.uploadreturninfo(claim.aftersale_id, claim.order.openid, info), S.TO_RECEIVE)


@operation(
    on=Aftersale,
    name="accept_refund",
    label=gettext_lazy("Agree to refund"),
    allowed=Aftersale.may_accept_refund,
    check=_second_person,
    prepare=_look_again,
    payload=_seen,
    recover=_read_back(*REFUND_WANTED),
    confirm=gettext_lazy("Agree? WeChat pays the buyer back at once."),
)
def accept_refund(claim: Aftersale, seen: dict):
    """Agree to a refund; WeChat pays it."""
    return _asked(claim, lambda: shop.acceptrefund(claim.aftersale_id), *REFUND_WANTED)


def _needs_address(claim: Aftersale) -> dict[str, list]:
    address = claim.return_address or payloads.default_address()
    if all(address.get(name) for name in ("receiver_name", "detailed_address", "tel_number")):
        return {}
    return {
        "return_address": [_("Say where the goods are sent back to, or keep a return address in the service settings.")]
    }


@operation(
    on=Aftersale,
    name="accept_return",
    label=gettext_lazy("Agree to the return"),
    allowed=Aftersale.may_accept_return,
    check=_needs_address,
    payload=_seen,
    recover=_read_back(*RETURN_WANTED),
)
def accept_return(claim: Aftersale, seen: dict):
    """Agree to take the goods back, to the claim's address or the usual one."""
    address = claim.return_address or payloads.default_address()
    record_it = _asked(claim, lambda: shop.acceptreturn(claim.aftersale_id, address), *RETURN_WANTED)

    def record():
        Aftersale.objects.filter(pk=claim.pk).update(return_address=address)
        record_it()

    return record


@operation(
    on=Aftersale,
    name="confirm_goods",
    label=gettext_lazy("Goods arrived: refund"),
    allowed=Aftersale.may_confirm_goods,
    check=_second_person,
    prepare=_look_again,
    payload=_seen,
    recover=_read_back(*REFUND_WANTED),
    confirm=gettext_lazy("The goods are here and in order? WeChat pays the buyer back at once."),
)
def confirm_goods(claim: Aftersale, seen: dict):
    """Confirm that the goods came back; WeChat refunds."""
    return _asked(claim, lambda: shop.acceptrefund(claim.aftersale_id), *REFUND_WANTED)


def _needs_reason(claim: Aftersale) -> dict[str, list]:
    if claim.reject_reason.strip():
        return {}
    return {"reject_reason": [_("Write down why. WeChat is not told; your colleagues and a dispute will ask.")]}


@operation(
    on=Aftersale,
    name="reject_claim",
    label=gettext_lazy("Refuse"),
    allowed=Aftersale.may_reject,
    check=_needs_reason,
    payload=_seen,
    recover=_read_back(*REFUSAL_WANTED),
    confirm=gettext_lazy("Refuse this claim? The buyer may turn to the platform, which then decides."),
)
def reject_claim(claim: Aftersale, seen: dict):
    """Refuse a claim. The reason stays here: WeChat takes none."""
    return _asked(claim, lambda: shop.reject(claim.aftersale_id), *REFUSAL_WANTED)


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
    on=Aftersale,
    name="upload_certificates",
    label=gettext_lazy("Send the proof"),
    allowed=Aftersale.may_upload_certificates,
    check=_needs_proof,
    prepare=_upload,
    payload=_seen,
    recover=_read_back(*PROOF_WANTED),
)
def upload_certificates(claim: Aftersale, seen: dict):
    """Show that you paid the buyer past WeChat, after its own refund failed."""
    links = list(claim.certificates.order_by("pk").values_list("link", flat=True))
    return _asked(
        claim,
        lambda: shop.upload_certificates(claim.aftersale_id, claim.refund_desc, links),
        *PROOF_WANTED,
    )


@operation(
    on=Aftersale,
    name="refresh_claim",
    label=gettext_lazy("Read from WeChat"),
    allowed=Aftersale.may_refresh,
    reads=True,
)
def refresh_claim(claim: Aftersale, sent: dict):
    """Read where the claim stands."""
    found = snapshots.read(claim)
    return lambda: snapshots.take_in(claim, found)
