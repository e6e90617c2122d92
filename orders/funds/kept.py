from django.utils.translation import gettext_lazy as _

from console.keeping import keep

BOOKS = _("Accounting records: the law has them kept for ten years and longer.")
PULLED = _("WeChat's list: it has as many rows as WeChat's.")
SCAN = ["qrcode_ticket", "qrcode"]

keep("funds.Bank", "funds.City", why=PULLED)
keep(
    "funds.MerchantAccount",
    why=BOOKS,
    personal=["id_front", "id_back", "known", "branches", "sign_url", "legal_validation_url"],
)
keep("funds.Balance", "funds.BankAccount", why=BOOKS)
keep("funds.BankChange", "funds.Withdrawal", why=BOOKS, secret=SCAN)
keep("funds.FlowDay", "funds.Flow", "funds.Settlement", why=BOOKS)
keep("funds.PaymentOrder", why=BOOKS, buyer=["openid"], blank={"openid": ""})
keep("funds.Trade", "funds.TradeRefund", "funds.TradeSharing", why=BOOKS)
