"""Claims on orders paid to the merchant's own number (BEHAVIOUR 5.1): we decide and pay, WeChat is told."""

from django.utils.translation import gettext_lazy as _

from wechat.shop import aftersale as shop
from wechat.steps.operations import REPEAT, operation

from .. import payloads
from ..models import Aftersale


@operation(
    on=Aftersale, name="record_claim", label=_("Tell WeChat of the claim"), allowed=Aftersale.may_tell, recover=REPEAT
)
def record_claim(claim: Aftersale, sent: dict):
    """Tell WeChat of a claim that you keep yourself; telling it twice is telling it once."""
    shop.add(payloads.told(claim))


@operation(
    on=Aftersale, name="tell_claim", label=_("Tell WeChat the new state"), allowed=Aftersale.may_tell, recover=REPEAT
)
def tell_claim(claim: Aftersale, sent: dict):
    """Tell WeChat where a claim of your own now stands."""
    shop.update(
        {
            "out_order_id": claim.order.out_order_id,
            "out_aftersale_id": claim.out_aftersale_id,
            "openid": claim.order.openid,
            "status": claim.status,
            "finish_all_aftersale": payloads.finishes_all(claim),
        }
    )
