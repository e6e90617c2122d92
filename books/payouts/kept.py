from django.utils.translation import gettext_lazy as _

from console.keeping import keep

BOOKS = _("Accounting records: the law has them kept for ten years and longer.")

keep("payouts.Rate", "payouts.Period", "payouts.Commission", why=BOOKS)
keep("payouts.Statement", why=BOOKS, personal=["person"])
