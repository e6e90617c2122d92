"""Movements of money that belong to a claim carry the number of its refund, or the claim's own."""

from orders.funds import matching

from .models import Aftersale


@matching.by
def claims(numbers: list[str]) -> dict[str, Aftersale]:
    whole = [int(number) for number in numbers if number.isascii() and number.isdigit() and int(number) < 2**63]
    found: dict[str, Aftersale] = {}
    for name, wanted in (("refund_id", numbers), ("out_aftersale_id", numbers), ("aftersale_id", whole)):
        for claim in Aftersale.objects.filter(**{f"{name}__in": wanted}):
            found.setdefault(str(getattr(claim, name)), claim)
    return found
