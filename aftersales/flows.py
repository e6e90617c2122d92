"""Movements of money that belong to a claim carry the number of its refund, or the claim's own."""

from django.db.models import Model, Q

from orders.funds import matching

from .models import Aftersale


@matching.by
def claims(numbers: list[str]) -> dict[str, Model]:
    whole = [int(number) for number in numbers if number.isascii() and number.isdigit() and int(number) < 2**63]
    found: dict[str, Model] = {}
    ways = {
        "refund_id": Q(refund_id__in=numbers) & ~Q(refund_id=""),  # as its index has it
        "out_aftersale_id": Q(out_aftersale_id__in=numbers),
        "aftersale_id": Q(aftersale_id__in=whole),
    }
    for name, wanted in ways.items():
        for claim in Aftersale.objects.filter(wanted):
            found.setdefault(str(getattr(claim, name)), claim)
    return found
