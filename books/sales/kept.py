from django.utils.translation import gettext_lazy as _

from console.keeping import keep

WHY = _("As long as the orders of which it is made.")
MADE = _("Made anew from the orders by `rebuild_sales`.")

keep("sales.SoldOrder", why=WHY, left_out=MADE, buyer=["openid"], blank={"openid": ""})
keep("sales.Figure", why=WHY, left_out=MADE, personal=["key"])  # the openid of a sharer
keep("sales.DayToCount", "sales.SalesMark", why=_("A few rows: which days have to be counted."), left_out=MADE)
