"""What shows that a step of the access has happened: the first record of its kind, found in a few small queries."""

from orders.models import FundType, Order

from .models.scene import KNOWN_SCENES

CHANNELS = list(KNOWN_SCENES)


def channels_payment() -> Order | None:
    """The first order that counts for item 7: fund_type 1, from a Channels scene, paid (BEHAVIOUR 1.5)."""
    paid = Order.objects.filter(fund_type=FundType.PLATFORM, scene__in=CHANNELS, paid_at__isnull=False)
    return paid.order_by("id").first()
