"""Buyers found by the receiver's whole name or the phone's last four digits, without either being readable.

`BuyerHash` keeps a keyed hash of each, for as long as the order has its address. The schedule adds them; with another
LOOKUP_KEY it makes all of them anew.
"""

import hmac
import unicodedata
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from console.models import SearchMark
from console.search_index import BATCH, LATE
from wechat.chunks import chunks_of

from .models import BuyerHash, Order


def digest(kind: str, value: str) -> str:
    """The hash of a receiver's name or a phone's last four digits; "" where there is nothing to find."""
    text = "".join(unicodedata.normalize("NFKC", value).casefold().split())
    if kind == "phone":
        text = "".join(filter(str.isdecimal, text))[-4:]
    enough = len(text) == 4 if kind == "phone" else bool(text)
    return hmac.new(_key(), f"{kind}:{text}".encode(), sha256).hexdigest()[:32] if enough else ""


def _key() -> bytes:
    return sha256(b"lookup:" + settings.LOOKUP_KEY.encode()).digest()


def with_digest(kind: str, value: str) -> QuerySet:
    """The orders that went to this receiver or phone."""
    return Order.objects.filter(pk__in=BuyerHash.objects.filter(digest=digest(kind, value) or "-").values("order"))


def refresh() -> int:
    """Hash the addresses that were stored since the last run; returns how many hashes were added."""
    # The mark is the key's own: with another one there is none yet, and all orders are walked.
    mark, _new = SearchMark.objects.get_or_create(kind=f"buyers {sha256(_key()).hexdigest()[:8]}")
    added = 0
    for orders in chunks_of(Order.objects.filter(pk__gt=mark.last - LATE, address__isnull=False), BATCH):
        added += _write(orders)
        mark.last = max(mark.last, orders[-1].pk)
        mark.save()
    return added


def _write(orders: list[Order]) -> int:
    with transaction.atomic():
        # Locked and read again: an address that is being erased at this moment leaves no hash.
        held = list(Order.objects.select_for_update().filter(pk__in=[order.pk for order in orders]))
        wanted = {(order.pk, one) for order in held for one in _digests(order)}
        stored = {(row.order_id, row.digest): row.pk for row in BuyerHash.objects.filter(order__in=held)}
        BuyerHash.objects.filter(pk__in=[pk for key, pk in stored.items() if key not in wanted]).delete()
        new = [BuyerHash(order_id=order, digest=one) for order, one in wanted - stored.keys()]
        BuyerHash.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _digests(order: Order) -> set[str]:
    address = order.address or {}
    values = {"name": address.get("receiver_name"), "phone": address.get("tel_number")}
    return {one for kind, value in values.items() if (one := digest(kind, str(value or "")))}
