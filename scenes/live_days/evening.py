"""The rule of an evening: what a product's step sends at its start and its end, and what it changes here.

While it runs, a SKU's `stock_num` is what is left of the evening's hold, and `kept_back` the shop's part. At the end
the stock becomes both together: never the old number, as WeChat does not count down what was sold. A price is put back
only where it still is the evening's; else a person decides.
"""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import payloads
from catalog.models import SKU, SPU, EditStatus, Status
from catalog.operations import updated
from orders import stock
from orders.models import MoveKind
from wechat.steps.errors import Conflict

from ..models import LiveProduct, LiveState, LiveTerm, Wanted
from .cuts import is_large, is_uncleared, prices_online


def row_of(spu: SPU) -> LiveProduct | None:
    """The product's place in the evening for which something is wanted."""
    rows = LiveProduct.objects.exclude(wanted=Wanted.NOTHING).filter(spu=spu)
    return rows.select_related("day", "spu").prefetch_related("terms__sku").first()


def may_send(spu: SPU) -> bool:
    """Whether a press waits for it that can still be done."""
    row = row_of(spu) if spu.is_known and spu.online is not None else None
    return bool(row and (row.wanted == Wanted.TERMS or row.state == LiveState.RUNNING))


def missing(spu: SPU) -> dict[str, list[str]]:
    """Why the evening's terms cannot be sent, by field."""
    row = row_of(spu)
    return {"": faults} if row and row.wanted == Wanted.TERMS and (faults := faults_of(row)) else {}


def faults_of(row: LiveProduct) -> list[str]:
    """What has to be done first, before its terms can be set."""
    found, online = [], prices_online(row.spu)
    for term in row.terms.all():
        if term.price is None and term.stock is None:
            continue
        if term.sku is None or term.out_sku_id not in online:
            found.append(_("“%(sku)s” is not online: a new SKU needs a review.") % {"sku": term.out_sku_id})
        elif term.price is not None and term.was_price is None and term.sku.sale_price != online[term.out_sku_id]:
            found.append(_("The price of “%(sku)s” here was not sent yet: send it first.") % {"sku": term.out_sku_id})
        elif term.price is not None and (term.sku.market_price or term.price) < term.price:
            found.append(_("The list price of “%(sku)s” is below the evening's.") % {"sku": term.out_sku_id})
    if is_uncleared(row):
        found.append(_uncleared())
    return found


def _uncleared() -> str:
    return _("A second person has to approve its price first.")


def cautions_of(row: LiveProduct) -> list[str]:
    """What does not stop it, and should be known before."""
    found = []
    if row.spu.status != Status.LISTED:
        found.append(_("It is not on sale: nobody can buy it until it is."))
    if row.spu.edit_status == EditStatus.IN_REVIEW:
        found.append(_("It is in review: price and stock are set in both copies, everything else waits for WeChat."))
    for term in row.terms.all():
        if term.stock is not None and term.sku and term.stock > stock.total(term.sku):
            text = _("“%(sku)s”: %(wanted)d are wanted and %(all)d are there; all of them are held then.")
            found.append(text % {"sku": term.out_sku_id, "wanted": term.stock, "all": stock.total(term.sku)})
    return found


def payload(spu: SPU) -> dict[str, Any]:
    """What the step sends, and for which row; stored before the call, so that a repeat sends and does the same."""
    spu.load_content()
    row = row_of(spu)
    if row is None:
        return {}
    make = _terms if row.wanted == Wanted.TERMS else _end
    return {"row": row.pk, "does": row.wanted, **make(row, spu)}


def _terms(row: LiveProduct, spu: SPU) -> dict[str, Any]:
    """The evening's price, and of each SKU's stock the evening's part, at most all there is.

    `before` are the prices that buyers see now: what is put back, whatever somebody edits here meanwhile.
    """
    if is_uncleared(row):
        raise Conflict(_uncleared())
    skus, online = {sku.pk: sku for sku in spu.skus.all()}, prices_online(spu)
    but: dict[str, dict[str, int]] = {}
    prices: dict[str, int] = {}
    before: dict[str, int] = {}
    for term in row.terms.all():
        if (sku := skus.get(term.sku_id or 0)) is None:
            continue
        values = but.setdefault(sku.out_sku_id, {})
        if term.price is not None and term.price != term.set_price:
            prices[str(term.pk)] = term.price
            before[str(term.pk)] = online.get(term.out_sku_id) or sku.sale_price
            values |= _priced(sku, term.price)
        if term.stock is not None and term.hold is None:
            values["stock_num"] = min(term.stock, stock.total(sku))
    return {"body": payloads.as_online(spu, but), "prices": prices, "before": before}


def _end(row: LiveProduct, spu: SPU) -> dict[str, Any]:
    """All pieces that are left, and the price before the evening where it is put back."""
    skus, online = {sku.pk: sku for sku in spu.skus.all()}, prices_online(spu)
    but: dict[str, dict[str, int]] = {}
    prices: dict[str, int] = {}
    for term in row.terms.all():
        if (sku := skus.get(term.sku_id or 0)) is None:
            continue
        values = but.setdefault(sku.out_sku_id, {})
        if term.hold is not None:
            values["stock_num"] = stock.total(sku)
        if term.was_price is not None and _is_put_back(term, sku, online.get(term.out_sku_id)):
            prices[str(term.pk)] = term.was_price
            values |= _priced(sku, term.was_price)
    return {"body": payloads.as_online(spu, but), "prices": prices}


def _priced(sku: SKU, price: int) -> dict[str, int]:
    return {"sale_price": price, "market_price": sku.market_price or price}


def _is_put_back(term: LiveTerm, sku: SKU, online: int | None) -> bool:
    """Where it still is the evening's, here and online; or where it is back here already, and buyers pay less."""
    is_evenings = sku.sale_price == term.set_price == online
    return is_evenings or (sku.sale_price == term.was_price and (online or 0) < sku.sale_price)


def apply(spu: SPU, sent: dict[str, Any]) -> None:
    """WeChat took it: change stock and price here, and the row's state, within the transaction that closes the step."""
    SPU.objects.select_for_update().get(pk=spu.pk)
    row = _lock(sent["row"])
    if row and sent["does"] == Wanted.TERMS and row.state != LiveState.ENDED:
        _set_terms(row, sent["prices"], sent["before"])
    elif row and sent["does"] == Wanted.END and row.state == LiveState.RUNNING:
        _put_back(row, sent["prices"])
    updated(spu, sent["body"])


def end_here(row: LiveProduct) -> None:
    """End it here alone: WeChat has it no more, or refuses. What it should know then is not sent yet."""
    with transaction.atomic():
        spu = SPU.objects.select_for_update().get(pk=row.spu_id)
        locked = _lock(row.pk)
        if locked and locked.state == LiveState.RUNNING:
            spu.load_content()
            _put_back(locked, _end(locked, spu)["prices"])
            stock.refresh_unsent(spu.pk)


def _lock(pk: int) -> LiveProduct | None:
    return LiveProduct.objects.select_for_update(of=("self",)).filter(pk=pk).first()


def _locked_terms(row: LiveProduct) -> list[tuple[LiveTerm, SKU]]:
    """Its terms that still have a SKU, with the SKU as it is now, locked in the order in which all lock them."""
    terms = {term.sku_id: term for term in row.terms.exclude(sku=None)}
    return [(terms[sku.pk], sku) for sku in stock.locked(key for key in terms if key)]


def _set_terms(row: LiveProduct, prices: dict[str, int], before: dict[str, int]) -> None:
    for term, sku in _locked_terms(row):
        if term.stock is not None and term.hold is None:
            was = stock.total(sku)
            sku.stock_num = term.hold = min(term.stock, was)
            sku.kept_back = was - term.hold
            stock.note(sku, MoveKind.EVENING, was, str(row.day))
        if (price := prices.get(str(term.pk))) is not None:
            term.was_price = before[str(term.pk)] if term.was_price is None else term.was_price
            sku.sale_price = term.set_price = price
        _save(term, sku)
    now = timezone.now()
    LiveProduct.objects.filter(pk=row.pk).update(
        state=LiveState.RUNNING, began_at=row.began_at or now, refusal={}, wanted=_done(row, Wanted.TERMS)
    )


def _put_back(row: LiveProduct, prices: dict[str, int]) -> None:
    for term, sku in _locked_terms(row):
        if term.hold is not None and term.merged is None:
            was = stock.total(sku)
            term.left, term.merged = sku.stock_num, was
            sku.stock_num, sku.kept_back = was, None
            stock.note(sku, MoveKind.EVENING_END, was, str(row.day))
        if term.was_price is not None:
            back = prices.get(str(term.pk))
            if back is not None and sku.sale_price == term.set_price:
                sku.sale_price = back
            elif sku.sale_price != term.was_price:
                term.price_open = True
        _save(term, sku)
    LiveProduct.objects.filter(pk=row.pk).update(
        state=LiveState.ENDED, ended_at=timezone.now(), refusal={}, wanted=_done(row, Wanted.END)
    )


def _done(row: LiveProduct, what: str) -> str:
    """What is still wanted once this is done: an end that was pressed during the start."""
    return Wanted.NOTHING if row.wanted == what else row.wanted


def _save(term: LiveTerm, sku: SKU) -> None:
    SKU.objects.filter(pk=sku.pk).update(sale_price=sku.sale_price, stock_num=sku.stock_num, kept_back=sku.kept_back)
    term.save()


def settle_price(term: LiveTerm, back: bool) -> bool:
    """A person decides on a price that was no longer the evening's: back to the one before it, or as it is.

    True where the product now has something to send. Raises Conflict where a large cut would stay: two people agreed to
    it for the evening alone.
    """
    with transaction.atomic():
        spu = SPU.objects.select_for_update().get(pk=term.product.spu_id)
        if not back and _stays_cut(term, spu):
            text = _(
                "Left as it is, it stays more than %(most)d %% below the price before the evening: put it back, then "
                "change the price on the product's page."
            )
            raise Conflict(text % {"most": settings.PRICE_CUT_SECOND_PERSON})
        if not LiveTerm.objects.filter(pk=term.pk, price_open=True).update(price_open=False):
            return False
        if back and term.sku_id and term.was_price is not None:
            SKU.objects.filter(pk=term.sku_id).update(sale_price=term.was_price)
            stock.refresh_unsent(spu.pk)
            return True
    return False


def _stays_cut(term: LiveTerm, spu: SPU) -> bool:
    """Whether the price here, or the one that buyers see, is much below the one before the evening."""
    prices = list(SKU.objects.filter(live_terms=term).values_list("sale_price", flat=True))
    if prices and (online := prices_online(spu).get(term.out_sku_id)):
        prices.append(online)
    return any(is_large(term.was_price or 0, price) for price in prices)
