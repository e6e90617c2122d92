"""After-sales of orders paid to the merchant's own number (BEHAVIOUR 5.1): we decide, pay and report to WeChat."""

from django.utils.translation import gettext_lazy as _

from wechat.shop import aftersale as shop
from wechat.steps.operations import REPEAT, operation

from .. import payloads
from ..models import Aftersale


@operation(
    on=Aftersale,
    name="record_claim",
    label=_("Tell WeChat of the after-sale"),
    allowed=Aftersale.may_tell,
    recover=REPEAT,
)
def record_claim(aftersale: Aftersale, sent: dict) -> None:
    """Report an after-sale of your own to WeChat; a repeat changes nothing."""
    shop.add(payloads.told(aftersale))


@operation(
    on=Aftersale, name="tell_claim", label=_("Tell WeChat the new state"), allowed=Aftersale.may_tell, recover=REPEAT
)
def tell_claim(aftersale: Aftersale, sent: dict) -> None:
    """Report the state of an after-sale of your own to WeChat."""
    shop.update(
        {
            "out_order_id": aftersale.order.out_order_id,
            "out_aftersale_id": aftersale.out_aftersale_id,
            "openid": aftersale.order.openid,
            "status": aftersale.status,
            "finish_all_aftersale": payloads.finishes_all(aftersale),
        }
    )
