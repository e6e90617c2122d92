from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from console.keeping import keep

LAW = _("Records of a transaction: the law has a merchant keep them for three years at least after it is over.")

keep(
    "orders.Order",
    why=LAW,
    personal=["out_user_id"],
    secret=["ticket", "prepay_id", "trace_id", "idempotency_key", "request_digest"],
    buyer=["openid"],
    blank={
        **dict.fromkeys(["openid", "out_user_id", "prepay_id", "trace_id", "ticket", "request_digest"], ""),
        "address": None,
        "idempotency_key": None,
        "erased_at": Now(),
    },
)
keep("orders.OrderLine", "orders.Parcel", "orders.ParcelItem", "orders.StatusChange", why=LAW)
keep(
    "orders.BuyerHash",
    why=_("Ends with the address of its order."),
    left_out=_("Made anew from the addresses."),
    buyer=["order__openid"],
)
keep("orders.ExpressCompany", why=_("WeChat's list: it has as many rows as WeChat's."))
keep("orders.Oversold", why=LAW)
keep(
    "orders.StockMove",
    "orders.StockPush",
    "orders.StockCount",
    "orders.StockCountRow",
    why=_("What became of the stock: evidence of counts, and of what connected shops pushed."),
)
