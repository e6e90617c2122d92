"""Price cuts of an evening take two people, as other price cuts do, and before the evening begins."""

from hashlib import sha256

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.models import SPU
from console.approvals import Rule
from wechat.values import number

from ..models import LiveProduct


def cuts(row: LiveProduct) -> list[list]:
    """[[SKU, price before, price of the evening]] in fen, of SKUs that would be cheaper by more than is allowed."""
    online = prices_online(row.spu)
    found = []
    for term in row.terms.all():
        if term.price is None or term.price == term.set_price:
            continue
        # In the evening a price is compared with the one before it: small cuts do not add up to a large one.
        before = max(online.get(term.out_sku_id, 0), term.was_price or 0)
        if is_large(before, term.price):
            found.append([f"{term.sku or '–'} ({term.out_sku_id})", before, term.price])
    return found


def is_large(before: int, price: int) -> bool:
    """Whether it is cheaper by more than one person may decide."""
    most = settings.PRICE_CUT_SECOND_PERSON  # % of the price before; 0: as much as one likes
    return bool(most) and price * 100 < before * (100 - most)


def prices_online(spu: SPU) -> dict[str, int]:
    """{out_sku_id: price that buyers see} in fen."""
    skus = (spu.online or {}).get("skus") or []
    return {str(sku.get("out_sku_id")): number(sku.get("sale_price")) or 0 for sku in skus}


def mark(row: LiveProduct) -> str:
    return sha256(repr(cuts(row)).encode()).hexdigest()


def is_uncleared(row: LiveProduct) -> bool:
    """Whether two people have not agreed to exactly these cuts."""
    return bool(cuts(row)) and row.cleared != mark(row)


def _why(row: LiveProduct) -> str:
    if not cuts(row):
        return ""
    text = _("The evening's price is lower by more than %(most)d %%: a second person has to approve.")
    return text % {"most": settings.PRICE_CUT_SECOND_PERSON}


LIVE_CUT = Rule("live-price-cut", permission="console.approve_acts", why=_why, mark=mark, changes=cuts, again=True)
