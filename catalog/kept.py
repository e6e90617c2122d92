from django.utils.translation import gettext_lazy as _

from console.keeping import keep

PULLED = _("WeChat's list: it has as many rows as WeChat's.")
PRODUCT = _("What the shop sells: as many rows as products.")

keep("catalog.Category", "catalog.Brand", why=PULLED)
keep("catalog.SPU", "catalog.SKU", "catalog.SPUPicture", "catalog.Difference", why=PRODUCT)
keep("catalog.SPURound", why=_("Reviews of a product: evidence of what was submitted, and what WeChat said."))
keep("catalog.Batch", ends=["imports", "sheets"])
keep("catalog.BatchRow", "catalog.BatchChange", ends=["imports"])
