"""Request bodies for the merchant account's application and for payments without a component order."""

import json
from datetime import date

from django.db.models import QuerySet

from wechat.models import Image

from .models import BankChange, MerchantAccount, PaymentOrder, TradeRefund, TradeSharing
from .models.account import IdDocument

LONG_TERM = "长期"


def application(account: MerchantAccount) -> dict:
    """`wxpay/apply`: the merchant's papers, pictures by their pay_media_id."""
    begins, ends = account.business_begin, account.business_end
    sent = {
        "organization_type": account.organization_type,
        "business_license_info": {
            "legal_person": account.legal_person,
            "business_time": json.dumps([_day(begins), _day(ends)], ensure_ascii=False),
            "wxa_business_license_copy": _picture(account.license_copy),
        },
        "id_doc_type": account.id_doc_type,
        **_identity(account),
        "contact_info": {
            "contact_type": account.contact_type,
            "contact_email": account.contact_email,
            "mobile_phone": account.mobile_phone,
        },
        "account_info": _bank(account),
    }
    optional = {
        "merchant_shortname": account.merchant_shortname,
        "business_addition_desc": account.business_addition_desc,
        "qualifications": _files(account.pictures),
        "business_addition_pics": _files(account.addition_pictures),
    }
    return sent | {name: value for name, value in optional.items() if value}


def _identity(account: MerchantAccount) -> dict:
    until = _day(account.id_valid_until)
    if account.id_doc_type == IdDocument.ID_CARD:
        return {
            "id_card_info": {
                "id_card_name": account.id_name,
                "id_card_number": account.id_number,
                "id_card_valid_time": until,
                "wxa_id_card_copy": _picture(account.id_front),
                "wxa_id_card_national": _picture(account.id_back),
            }
        }
    return {
        "id_doc_info": {
            "id_doc_name": account.id_name,
            "id_doc_number": account.id_number,
            "doc_period_end": until,
            "wxa_id_doc_copy": _picture(account.id_front),
        }
    }


def _bank(account: MerchantAccount) -> dict:
    names = ("bank_account_type", "account_name", "account_number", "account_bank", "bank_address_code")
    optional = {name: getattr(account, name) for name in ("bank_branch_id", "bank_name")}
    if account.settlement_cert and account.relation_cert:
        optional["account_cert_info"] = {
            "wxa_settlement_cert_pic": _picture(account.settlement_cert),
            "wxa_relation_cert_pic": _picture(account.relation_cert),
            "wxa_other_cert_pics": _pictures(account.other_certs),
        }
    return {name: getattr(account, name) for name in names} | {k: value for k, value in optional.items() if value}


def _day(day: date | None) -> str:
    return f"{day:%Y-%m-%d}" if day else LONG_TERM


def _picture(image: Image) -> dict:
    return {"name": image.name or str(image), "pay_media_id": image.pay_media_id}


def _pictures(images: QuerySet[Image]) -> list[dict]:
    return [_picture(image) for image in images.order_by("pk")]


def _files(images: QuerySet[Image]) -> dict:
    pictures = _pictures(images)
    return {"pic_file_list": pictures} if pictures else {}


def bank_account(change: BankChange) -> dict:
    """`funds/setbankaccount`."""
    return {
        "bank_account_type": change.bank_account_type,
        "account_bank": change.bank.account_bank,
        "bank_address_code": change.city.bank_address_code,
        "account_number": change.account_number,
    }


def payment(order: PaymentOrder) -> dict:
    """`pay/createorder`: always as a combined payment, also of one part."""
    names = ("mchid", "trade_no", "description", "amount")
    sent = {
        "openid": order.openid,
        "combine_trade_no": order.combine_trade_no,
        "sub_orders": [{name: getattr(trade, name) for name in names} for trade in order.trades.all()],
    }
    return sent | ({"expire_time": int(order.expire_at.timestamp())} if order.expire_at else {})


def closing(order: PaymentOrder) -> dict:
    """`pay/closeorder`."""
    subs = [{"mchid": trade.mchid, "trade_no": trade.trade_no} for trade in order.trades.all()]
    return {"openid": order.openid, "combine_trade_no": order.combine_trade_no, "sub_orders": subs}


def _of(row: TradeRefund | TradeSharing) -> dict:
    trade = row.trade
    return {"mchid": trade.mchid, "openid": trade.payment.openid, "trade_no": trade.trade_no}


def refund(row: TradeRefund) -> dict:
    """`pay/refundorder`."""
    return _of(row) | {"refund_no": row.refund_no, "total_amount": row.trade.amount, "refund_amount": row.amount}


def sharing(row: TradeSharing) -> dict:
    """`pay/profitsharingorder`."""
    return _of(row) | {"profit_sharing_no": row.profit_sharing_no}
