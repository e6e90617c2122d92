"""The merchant account at WeChat, from the papers to the signature (BEHAVIOUR 7.1)."""

import json
import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from .. import banks
from ..ids import new_id
from ..models import Account, Application, Picture
from ..platform import Refusal, Request, endpoint, need
from ..values import stamp
from .funds import BUSINESS, NO_DATA, PRIVATE, bank_account

ID_CARD = "IDENTIFICATION_TYPE_MAINLAND_IDCARD"
ID_DOCUMENTS = tuple(
    f"IDENTIFICATION_TYPE_{kind}" for kind in ("OVERSEA_PASSPORT", "HONGKONG", "MACAO", "TAIWAN", "FOREIGN_RESIDENT")
)
ORGANISATIONS = ("2", "3", "4", "1708", "2401", "2500")
# An application may name the type of its bank account in the numbers of WeChat Pay's onboarding, too.
BANK_ACCOUNT_TYPES = {BUSINESS: BUSINESS, PRIVATE: PRIVATE, "74": BUSINESS, "75": PRIVATE}
TRANSFER = timedelta(days=3)
# What the mini program has already said of itself.
FILED: dict[str, Any] = {
    "organization_type": "2",
    "business_license_info": {"merchant_name": "沙盒茶业有限公司", "business_license_number": "91330106MA2SANDB0X"},
    "contact_info": {
        "contact_name": "**茶",
        "contact_id_card_number": "33***************8",
        "mobile_phone": "138******00",
    },
    "merchant_shortname": "沙盒茶业",
}
STORE = "沙盒茶业旗舰店"
PICTURES = ("name", "media_id", "pay_media_id")


@endpoint("/shop/wxpay/apply")
def apply(request: Request) -> dict:
    account, given = request.account, request.data
    last = _last(account)
    running = last.state != Application.REJECTED if last else account.merchant != "closed"
    if running and account.on("one_application_at_a_time"):
        raise Refusal(40097, "a merchant account is open, or applied for")
    _check(account, given)
    Application.objects.create(
        out_request_no=f"APPLY{secrets.randbelow(10**20):020d}",
        content=given,
        created_at=timezone.now(),
        applyment_id=new_id(),
    )
    return {}


@endpoint("/shop/wxpay/get")
def get(request: Request) -> dict:
    account = request.account
    found = _last(account)
    if found is None and account.merchant == "closed":
        raise Refusal(NO_DATA, "nothing was applied for")
    if found is None:
        # Opened on the platform's own page: nothing was handed in here.
        state = {"applyment_state": Application.FINISHED, "applyment_state_desc": "完成", "sign_state": "SIGNED"}
        return {"pay_req": _filed(account), "pay_resp": state | {"sub_mchid": account.mchid}}
    return {"pay_req": _shown(account, found), "pay_resp": _progress(account, found)}


@endpoint("/shop/wxpay/get_info")
def get_info(request: Request) -> dict:
    return {"pay_req": _filed(request.account)}


# --- the reviewer, the bank and the administrator


def ask_transfer(application: Application) -> None:
    """Ask for a small transfer, which verifies the merchant's bank account."""
    until = Account.only().now() + TRANSFER
    _move(
        application,
        (Application.CHECKING,),
        Application.TO_VERIFY,
        pay_amount=1 + secrets.randbelow(99),
        transfer_until=until,
    )


def transfer_arrives(application: Application) -> None:
    expire_due(Account.only())
    _move(application, (Application.TO_VERIFY,), Application.AUDITING)


def approve(application: Application) -> None:
    _move(application, (Application.CHECKING, Application.AUDITING), Application.TO_SIGN)


def reject(application: Application, param_name: str, reason: str) -> None:
    detail = [{"param_name": param_name, "reject_reason": reason}]
    open_ = (Application.CHECKING, Application.TO_VERIFY, Application.AUDITING)
    _move(application, open_, Application.REJECTED, audit_detail=detail)


def sign(application: Application) -> None:
    """The administrator signs: the account is open, and its bank account the one that was handed in."""
    _move(application, (Application.TO_SIGN,), Application.FINISHED)
    account = Account.only()
    account.merchant = "open"
    account.bank_account = bank_account(application.content["account_info"], BANK_ACCOUNT_TYPES)
    account.save(update_fields=["merchant", "bank_account"])


def freeze(application: Application) -> None:
    _move(application, (Application.FINISHED,), Application.FROZEN)
    Account.objects.update(merchant="frozen")


def thaw(application: Application) -> None:
    _move(application, (Application.FROZEN,), Application.FINISHED)
    Account.objects.update(merchant="open")


def close(account: Account) -> None:
    """Close the merchant account and delete its application."""
    Application.objects.all().delete()
    account.merchant = "closed"
    account.save(update_fields=["merchant"])


PLAYS = {
    Application.CHECKING: ("approve", "ask_transfer", "reject"),
    Application.TO_VERIFY: ("transfer_arrives", "reject"),
    Application.AUDITING: ("approve", "reject"),
    Application.TO_SIGN: ("sign",),
    Application.FINISHED: ("freeze",),
    Application.FROZEN: ("thaw",),
}


def expire_due(account: Account) -> None:
    """A transfer that does not come ends the application."""
    due = Application.objects.filter(state=Application.TO_VERIFY, transfer_until__lte=account.now())
    if account.on("small_transfer_has_deadline"):
        detail = [{"param_name": "account_info", "reject_reason": "超过汇款截止时间，账户验证失败"}]
        due.update(state=Application.REJECTED, audit_detail=detail)


def _last(account: Account) -> Application | None:
    expire_due(account)
    return Application.objects.order_by("-pk").first()


def _move(application: Application, allowed: tuple[str, ...], state: str, **fields: Any) -> None:
    fields |= {"state": state}
    if not Application.objects.filter(pk=application.pk, state__in=allowed).update(**fields):
        application.refresh_from_db()
        raise Refusal(1000000, f"the application's state does not allow this: {application.state}")
    for name, value in fields.items():
        setattr(application, name, value)


def _check(account: Account, given: dict) -> None:
    kind, licence, document, contact, bank = need(
        given, "organization_type", "business_license_info", "id_doc_type", "contact_info", "account_info"
    )
    if str(kind) not in ORGANISATIONS:
        raise Refusal(40097, "organization_type is none")
    (_person, times, copy) = _part(licence, "legal_person", "business_time", "wxa_business_license_copy")
    _check_times(times)
    _picture(account, copy)
    if document == ID_CARD:
        names = ("id_card_name", "id_card_number", "id_card_valid_time", "wxa_id_card_copy", "wxa_id_card_national")
        *_texts, front, back = _part(given.get("id_card_info"), *names)
        _picture(account, front)
        _picture(account, back)
    elif document in ID_DOCUMENTS:
        texts = ("id_doc_name", "id_doc_number", "doc_period_end")
        *_texts, copy = _part(given.get("id_doc_info"), *texts, "wxa_id_doc_copy")
        _picture(account, copy)
    else:
        raise Refusal(40097, "id_doc_type is none")
    _part(contact, "contact_type", "contact_email", "mobile_phone")
    _check_bank(account, bank)
    for name in ("qualifications", "business_addition_pics"):
        if given.get(name):
            (pictures,) = _part(given[name], "pic_file_list")
            for picture in _list(pictures):
                _picture(account, picture)


def _check_times(value: Any) -> None:
    try:
        _start, _end = json.loads(value)
    except (TypeError, ValueError):
        raise Refusal(40097, "business_time is a list of two dates, as text") from None


def _check_bank(account: Account, given: Any) -> None:
    _part(given, "account_name")
    kept = bank_account(given, BANK_ACCOUNT_TYPES)
    branches = [bank.need_branch for bank in banks.BANKS if bank.account_bank == kept["account_bank"]]
    if all(branches) and not given.get("bank_branch_id") and not given.get("bank_name"):
        raise Refusal(990007, "this bank needs bank_branch_id or bank_name")
    if given.get("account_cert_info"):
        names = ("wxa_settlement_cert_pic", "wxa_relation_cert_pic", "wxa_other_cert_pics")
        settlement, relation, others = _part(given["account_cert_info"], *names)
        for picture in (settlement, relation, *_list(others)):
            _picture(account, picture)


def _part(given: Any, *names: str) -> list:
    if not isinstance(given, dict):
        raise Refusal(990007, f"missing parameter {names[0]}")
    return need(given, *names)


def _list(value: Any) -> list:
    if not isinstance(value, list):
        raise Refusal(40097, "pictures are a list")
    return value


def _picture(account: Account, value: Any) -> None:
    """BEHAVIOUR 3.5: each id of a picture was given out by the upload."""
    keys = {name: value[name] for name in PICTURES[1:] if value.get(name)} if isinstance(value, dict) else {}
    if not keys:
        raise Refusal(990007, "a picture has a media_id or a pay_media_id")
    if not account.on("images_must_be_ours"):
        return
    for name, key in keys.items():
        if not Picture.objects.filter(**{name: key}).exists():
            raise Refusal(1070010, f"{name} must come from the upload interface")


def _filed(account: Account) -> dict:
    scene = {"store_name": STORE, "mini_program_sub_appid": account.appid}
    if account.store_url:
        scene["store_url"] = account.store_url
    return FILED | {"sales_scene_info": scene}


def _media(picture: dict) -> str:
    return picture.get("pay_media_id") or picture["media_id"]


def _shown(account: Account, application: Application) -> dict:
    """The submitted application with data known before; pictures by id only."""
    given, filed = application.content, _filed(account)
    licence, card, document = [
        given.get(name) or {} for name in ("business_license_info", "id_card_info", "id_doc_info")
    ]
    shown = filed | {
        "out_request_no": application.out_request_no,
        "organization_type": given["organization_type"],
        "business_license_info": filed["business_license_info"]
        | {
            "legal_person": licence["legal_person"],
            "business_license_copy": _media(licence["wxa_business_license_copy"]),
        },
        "id_doc_type": given["id_doc_type"],
        "contact_info": filed["contact_info"] | given["contact_info"],
        "need_account_info": True,
    }
    if given.get("merchant_shortname"):
        shown["merchant_shortname"] = given["merchant_shortname"]
    if card:
        texts = {name: card[name] for name in ("id_card_name", "id_card_number", "id_card_valid_time")}
        sides = {name: _media(card[f"wxa_{name}"]) for name in ("id_card_copy", "id_card_national")}
        shown["id_card_info"] = texts | sides
    if document:
        texts = {name: document[name] for name in ("id_doc_name", "id_doc_number", "doc_period_end")}
        shown["id_doc_info"] = texts | {"id_doc_copy": _media(document["wxa_id_doc_copy"])}
    return shown


def _progress(account: Account, application: Application) -> dict:
    told = {
        "out_request_no": application.out_request_no,
        "applyment_id": application.applyment_id,
        "applyment_state": application.state,
        "applyment_state_desc": application.state_desc,
    }
    signed = application.state in (Application.FINISHED, Application.FROZEN)
    told["sign_state"] = "SIGNED" if signed else "UNSIGNED"
    if signed:
        told["sub_mchid"] = account.mchid
    if application.state == Application.TO_SIGN:
        told["sign_url"] = f"https://pay.weixin.qq.com/public/apply4ec_sign/s?applymentId={application.applyment_id}"
    if application.state == Application.TO_VERIFY:
        told["account_validation"] = _transfer(account, application)
        told["legal_validation_url"] = f"https://pay.weixin.qq.com/public/apply4ec_verify/{application.applyment_id}"
    if application.state == Application.REJECTED:
        told["audit_detail"] = application.audit_detail
    return told


def _transfer(account: Account, application: Application) -> dict:
    """The transfer's data. Its deadline is shown earlier by the clock's offset, as stored times never change."""
    bank = application.content["account_info"]
    until = (application.transfer_until or account.now()) - timedelta(seconds=account.clock)
    return {
        "account_name": bank["account_name"],
        "account_no": bank["account_number"],
        "pay_amount": application.pay_amount,
        "destination_account_name": "财付通支付科技有限公司",
        "destination_account_number": "7222223333322332",
        "destination_account_bank": "招商银行威盛大厦支行",
        "city": "深圳",
        "remark": "入驻账户验证",
        "deadline": stamp(until),
    }
