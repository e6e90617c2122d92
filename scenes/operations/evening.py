"""Operations of a live evening: its price and stock, set and put back product by product; large cuts, agreed to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import SPU
from wechat.shop import spu as shop
from wechat.steps.operations import REPEAT, Applies, operation
from wechat.steps.reading import keeping_refusal

from ..live_days import cuts, evening
from ..models import LiveProduct


@operation(
    on=SPU,
    name="send_live_terms",
    label=_("Set or end the evening's price and stock"),
    allowed=evening.may_send,
    check=evening.missing,
    payload=evening.payload,
    recover=REPEAT,
)
def send_live_terms(spu: SPU, sent: dict) -> Applies:
    """Send what a press on the evening's page wants of this product; here it changes once WeChat has taken it."""
    with keeping_refusal(LiveProduct(pk=sent["row"])):
        shop.update_without_audit(sent["body"])
    return lambda: evening.apply(spu, sent)


def _may_clear(row: LiveProduct) -> bool:
    return cuts.is_uncleared(row)


def _agreed(row: LiveProduct) -> dict[str, str]:
    """The mark of the cuts as they are now; the second person is asked about these once more before it is noted."""
    models.prefetch_related_objects([row], "terms__sku")
    return {"mark": cuts.mark(row)}


@operation(
    on=LiveProduct,
    name="clear_live_price",
    label=_("Agree to the evening's price cut"),
    allowed=_may_clear,
    second=cuts.LIVE_CUT,
    payload=_agreed,
    recover=REPEAT,
)
def clear_live_price(row: LiveProduct, sent: dict) -> Applies:
    """Note that two people agreed to exactly these prices; the evening may set them then."""

    def apply() -> None:
        LiveProduct.objects.filter(pk=row.pk).update(cleared=sent["mark"])
        cuts.LIVE_CUT.end(row)

    return apply
