"""Operations on one after-sale whose state the platform keeps (BEHAVIOUR 5.3).

After each call the after-sale is read, because only the platform knows whether a refund is in progress or paid.
"""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.money import yuan
from wechat.errors import Refused
from wechat.models import Image
from wechat.operations import upload_image
from wechat.shop import ecaftersale as shop
from wechat.steps.errors import Conflict, NotDone
from wechat.steps.operations import Applies, Body, operation
from wechat.steps.reading import Reading, keeping_refusal
from wechat.values import number

from .. import payloads, snapshots
from ..approval import REFUND
from ..limits import faults_of_content, faults_of_new
from ..models import Aftersale, ECStatus

S = ECStatus
NOT_THERE = 2747007

# The states that an after-sale may have after an operation was done.
AFTER_REFUND = (S.REFUNDING, S.REFUNDED, S.RETURNED, S.REFUND_FAILED, S.OFFLINE_OVERDUE, S.PROOF_SENT)
AFTER_RETURN = (S.TO_RETURN, S.RETURN_CLOSED, S.TO_RECEIVE)
AFTER_REFUSAL = (S.REFUND_REFUSED, S.RETURN_REFUSED)
AFTER_PROOF = (S.PROOF_SENT, S.REFUNDED, S.RETURNED, S.RETRY_FAILED)


reading = Reading(snapshots.read, snapshots.apply_snapshot)


def _seen(aftersale: Aftersale) -> dict[str, str | None]:
    """The payload: the version that the person decided on. If the after-sale has changed since, nothing is repeated."""
    return {"moved_at": aftersale.moved_at.isoformat() if aftersale.moved_at else None}


def _changed_meanwhile(aftersale: Aftersale) -> str:
    message = _(
        "The after-sale has changed at WeChat: it is now “%(state)s”, for %(amount)s. Look again before you decide."
    )
    return message % {"state": aftersale.state_label, "amount": yuan(aftersale.orderamt, "¥")}


def _find_status(*statuses: int) -> Body:
    """A recovery: done where the after-sale has one of these states; sent again only if it has not changed at all."""
    find = reading.recover_where(lambda aftersale, snapshot, seen: snapshot.status in statuses)

    def recover(aftersale: Aftersale, seen: dict) -> Applies:
        try:
            return find(aftersale, seen)
        except NotDone:
            aftersale.refresh_from_db()
            if _seen(aftersale) != seen:
                raise NotDone(_changed_meanwhile(aftersale)) from None
            raise

    return recover


def _ask(aftersale: Aftersale, call: Callable[[], None], *statuses: int) -> Applies:
    """Make the call, then read the after-sale. A refusal counts as done where it has one of these states already."""
    if reading.unless_done(aftersale, call, lambda snapshot: snapshot.status in statuses):
        return reading.refresh_if_possible(aftersale)
    return None


def _refuse_if_changed(aftersale: Aftersale) -> None:
    """Read the after-sale before `acceptrefund`, which has no amount: WeChat pays what is asked for now.

    Raises Conflict where state, kind or amount are not those that the person decided on.
    """
    decided = (aftersale.status, aftersale.type, aftersale.orderamt)
    reading.reread(aftersale)
    aftersale.refresh_from_db()
    if (aftersale.status, aftersale.type, aftersale.orderamt) != decided:
        raise Conflict(_changed_meanwhile(aftersale))


@operation(
    on=Aftersale,
    name="open_claim",
    label=gettext_lazy("Open at WeChat"),
    allowed=Aftersale.may_open,
    check=faults_of_new,
    recover=reading.recover_where(lambda aftersale, snapshot, sent: True, unknown=(NOT_THERE,)),
)
def open_claim(aftersale: Aftersale, sent: dict) -> Applies:
    """Open an after-sale on behalf of the buyer."""
    with keeping_refusal(aftersale):
        aftersale.aftersale_id = shop.add(payloads.opened(aftersale))
    apply = reading.refresh_if_possible(aftersale)

    def record() -> None:
        unnumbered = Aftersale.objects.filter(pk=aftersale.pk, aftersale_id=None)
        unnumbered.update(aftersale_id=aftersale.aftersale_id)
        if apply:
            apply()

    return record


NUMBERS = ("type", "orderamt", "refund_reason_type")


def _was_changed(aftersale: Aftersale, snapshot: snapshots.Snapshot, sent: dict) -> bool:
    """Whether WeChat has the content that was sent."""
    numbers = all(number(snapshot.answer.get(name)) == sent[name] for name in NUMBERS)
    return numbers and str(snapshot.answer.get("refund_reason") or "") == sent["refund_reason"]


@operation(
    on=Aftersale,
    name="change_claim",
    label=gettext_lazy("Change"),
    allowed=Aftersale.may_change,
    check=faults_of_content,
    payload=payloads.changed,
    recover=reading.recover_where(_was_changed),
)
def change_claim(aftersale: Aftersale, sent: dict) -> Applies:
    """Change an after-sale on behalf of the buyer; then it waits for the merchant again."""
    try:
        shop.update(sent)
    except Refused:
        # The content stored here was not accepted: read WeChat's content, so that the page shows that.
        reading.reread(aftersale)
        raise
    return reading.refresh_if_possible(aftersale)


@operation(
    on=Aftersale,
    name="cancel_claim",
    label=gettext_lazy("Cancel the after-sale"),
    allowed=Aftersale.may_cancel,
    payload=_seen,
    recover=_find_status(S.CANCELLED),
    confirm=gettext_lazy("Withdraw this after-sale in the buyer's place?"),
    typed_above=0,
)
def cancel_claim(aftersale: Aftersale, seen: dict) -> Applies:
    """Withdraw an after-sale on behalf of the buyer."""
    return _ask(aftersale, lambda: shop.cancel(aftersale.id_at_wechat, aftersale.order.openid), S.CANCELLED)


@operation(
    on=Aftersale,
    name="send_return_info",
    label=gettext_lazy("Return shipment"),
    allowed=Aftersale.may_return,
    payload=_seen,
    recover=_find_status(S.TO_RECEIVE),
)
def send_return_info(aftersale: Aftersale, seen: dict) -> Applies:
    """Report the return shipment on behalf of the buyer."""
    info = {name: aftersale.return_info.get(name, "") for name in ("delivery_id", "delivery_name", "waybill_id")}
    return _ask(
        aftersale, lambda: shop.uploadreturninfo(aftersale.id_at_wechat, aftersale.order.openid, info), S.TO_RECEIVE
    )


@operation(
    on=Aftersale,
    name="accept_refund",
    label=gettext_lazy("Agree to refund"),
    allowed=Aftersale.may_accept_refund,
    second=REFUND,
    prepare=_refuse_if_changed,
    payload=_seen,
    recover=_find_status(*AFTER_REFUND),
    confirm=gettext_lazy("Agree? WeChat pays the buyer back at once."),
    typed_above=0,
)
def accept_refund(aftersale: Aftersale, seen: dict) -> Applies:
    """Agree to a refund; WeChat pays it."""
    return _ask(aftersale, lambda: shop.acceptrefund(aftersale.id_at_wechat), *AFTER_REFUND)


def _needs_address(aftersale: Aftersale) -> dict[str, list]:
    address = payloads.return_address(aftersale)
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
    recover=_find_status(*AFTER_RETURN),
)
def accept_return(aftersale: Aftersale, seen: dict) -> Applies:
    """Agree to take the goods back, to the address entered for it or the default one."""
    address = payloads.return_address(aftersale)
    apply = _ask(aftersale, lambda: shop.acceptreturn(aftersale.id_at_wechat, address), *AFTER_RETURN)

    def record() -> None:
        Aftersale.objects.filter(pk=aftersale.pk).update(return_address=address)
        if apply:
            apply()

    return record


@operation(
    on=Aftersale,
    name="confirm_goods",
    label=gettext_lazy("Goods arrived: refund"),
    allowed=Aftersale.may_confirm_goods,
    second=REFUND,
    prepare=_refuse_if_changed,
    payload=_seen,
    recover=_find_status(*AFTER_REFUND),
    confirm=gettext_lazy("The goods are here and in order? WeChat pays the buyer back at once."),
    typed_above=0,
)
def confirm_goods(aftersale: Aftersale, seen: dict) -> Applies:
    """Confirm that the goods came back; WeChat refunds."""
    return _ask(aftersale, lambda: shop.acceptrefund(aftersale.id_at_wechat), *AFTER_REFUND)


def _needs_reason(aftersale: Aftersale) -> dict[str, list]:
    if aftersale.reject_reason.strip():
        return {}
    return {"reject_reason": [_("Write down why. WeChat is not told; your colleagues and a dispute will ask.")]}


@operation(
    on=Aftersale,
    name="reject_claim",
    label=gettext_lazy("Refuse"),
    allowed=Aftersale.may_reject,
    check=_needs_reason,
    payload=_seen,
    recover=_find_status(*AFTER_REFUSAL),
    confirm=gettext_lazy("Refuse this after-sale? The buyer may turn to the platform, which then decides."),
)
def reject_claim(aftersale: Aftersale, seen: dict) -> Applies:
    """Refuse an after-sale. The reason is stored here only: WeChat accepts none."""
    return _ask(aftersale, lambda: shop.reject(aftersale.id_at_wechat), *AFTER_REFUSAL)


def _needs_proof(aftersale: Aftersale) -> dict[str, list]:
    faults: dict[str, list] = {}
    if not aftersale.refund_desc.strip():
        faults["refund_desc"] = [_("Say how and when the money was paid.")]
    if not aftersale.certificates.exists():
        faults["certificates"] = [_("Add a picture that proves it, such as the transfer's receipt.")]
    return faults


def _upload(aftersale: Aftersale) -> None:
    for image in Image.objects.filter(pk__in=aftersale.certificates.values("pk"), link=""):
        upload_image(image)


@operation(
    on=Aftersale,
    name="upload_certificates",
    label=gettext_lazy("Send the proof"),
    allowed=Aftersale.may_upload_certificates,
    check=_needs_proof,
    prepare=_upload,
    payload=_seen,
    recover=_find_status(*AFTER_PROOF),
)
def upload_certificates(aftersale: Aftersale, seen: dict) -> Applies:
    """Upload proof that you paid the buyer outside WeChat, after WeChat's refund failed."""
    links = list(aftersale.certificates.order_by("pk").values_list("link", flat=True))
    return _ask(
        aftersale,
        lambda: shop.upload_certificates(aftersale.id_at_wechat, aftersale.refund_desc, links),
        *AFTER_PROOF,
    )


@operation(
    on=Aftersale,
    name="refresh_claim",
    label=gettext_lazy("Read from WeChat"),
    allowed=Aftersale.may_refresh,
    reads=True,
)
def refresh_claim(aftersale: Aftersale, sent: dict) -> Applies:
    """Read the state of the after-sale."""
    return reading.refresh(aftersale)
