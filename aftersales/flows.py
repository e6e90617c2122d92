"""Matches account movements with after-sales, by the refund's number or the after-sale's own."""

from django.db.models import Model, Q

from orders.funds import matching

from .models import Aftersale


@matching.by
def aftersales(numbers: list[str]) -> dict[str, Model]:
    whole = [int(number) for number in numbers if number.isascii() and number.isdigit() and int(number) < 2**63]
    by_number: dict[str, Model] = {}
    conditions = {
        "refund_id": Q(refund_id__in=numbers) & ~Q(refund_id=""),  # the same condition as the index
        "out_aftersale_id": Q(out_aftersale_id__in=numbers),
        "aftersale_id": Q(aftersale_id__in=whole),
    }
    for name, condition in conditions.items():
        for aftersale in Aftersale.objects.filter(condition):
            by_number.setdefault(str(getattr(aftersale, name)), aftersale)
    return by_number
