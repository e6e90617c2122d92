"""What the money of orders has to know of after-sales: which movement is whose, and what was refunded past WeChat."""

from django.db.models import Exists, Model, OuterRef, Q, Sum

from orders.funds import matching, settlements

from .models import Aftersale, ClaimChange, Family
from .models import ECStatus as S
from .models.aftersale import PAID_BACK


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


@settlements.paid_past_wechat
def paid_offline(orders: list[int]) -> dict[int, int]:
    """WeChat could not refund it, as the balance was too low: the merchant paid, and the buyer confirmed the proof."""
    offline = ClaimChange.objects.filter(
        aftersale=OuterRef("pk"), status__in=(S.REFUND_FAILED, S.PROOF_SENT, S.OFFLINE_OVERDUE)
    )
    refunded = Aftersale.objects.filter(Exists(offline), order__in=orders, family=Family.EC, status__in=PAID_BACK)
    return dict(refunded.order_by().values_list("order").annotate(total=Sum("orderamt")))
