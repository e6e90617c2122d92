"""Fills the application with data that WeChat already has of the merchant, so that nobody types it again."""

from datetime import date
from typing import Any

from django.db import models

from wechat.models import Image
from wechat.values import number

from .models import MerchantAccount
from .models.account import IdDocument, Organization

CONTACTS = ("contact_type", "contact_email", "mobile_phone")


def fill(account: MerchantAccount, known: dict) -> None:
    """Fill in fields that are empty or have their default; values that a person entered stay."""
    now = MerchantAccount.objects.get(pk=account.pk)
    fields: dict[str, Any] = {name: MerchantAccount._meta.get_field(name) for name in papers_of(known)}
    filled = {
        name: value
        for name, value in papers_of(known).items()
        if getattr(now, fields[name].attname) in (None, "", fields[name].get_default())
    }
    if filled:
        MerchantAccount.objects.filter(pk=account.pk).update(**filled)


def papers_of(known: dict) -> dict:
    """Our fields from the pay_req of wxpay/get or wxpay/get_info; masked values are left out."""
    licence, contact = _part(known, "business_license_info"), _part(known, "contact_info")
    offered = {
        "organization_type": _one_of(Organization, number(known.get("organization_type"))),
        "merchant_shortname": _text(known, "merchant_shortname", 60),
        "legal_person": _text(licence, "legal_person", 60),
        "license_copy": _picture(licence, "business_license_copy"),
        "account_name": _text(licence, "merchant_name", 100),  # the holder of the account is the subject
        "id_doc_type": _one_of(IdDocument, known.get("id_doc_type")),
        **_identity(known),
        **{name: _text(contact, name, {"contact_type": 2, "mobile_phone": 20}.get(name, 254)) for name in CONTACTS},
    }
    return {name: value for name, value in offered.items() if value}


def _identity(known: dict) -> dict:
    card, document = _part(known, "id_card_info"), _part(known, "id_doc_info")
    if card:
        return {
            "id_name": _text(card, "id_card_name", 60),
            "id_number": _text(card, "id_card_number", 40),
            "id_valid_until": _day(card, "id_card_valid_time"),
            "id_front": _picture(card, "id_card_copy"),
            "id_back": _picture(card, "id_card_national"),
        }
    return {
        "id_name": _text(document, "id_doc_name", 60),
        "id_number": _text(document, "id_doc_number", 40),
        "id_valid_until": _day(document, "doc_period_end"),
        "id_front": _picture(document, "id_doc_copy"),
    }


def _part(papers: dict, name: str) -> dict:
    return papers[name] if isinstance(papers.get(name), dict) else {}


def _text(part: dict, name: str, longest: int) -> str:
    value = str(part.get(name) or "").strip()
    return "" if "*" in value or len(value) > longest else value


def _one_of(choices: type[models.Choices], value: Any) -> Any:
    return value if value in choices.values else None


def _day(part: dict, name: str) -> date | None:
    try:
        return date.fromisoformat(str(part.get(name) or ""))
    except ValueError:
        return None  # "long-term" is stored as empty


def _picture(part: dict, name: str) -> Image | None:
    """The picture with WeChat's media id; None where it was not uploaded from here, as WeChat returns the id only."""
    key = _text(part, name, 200)
    return Image.objects.filter(pay_media_id=key).exclude(file="").first() if key else None
