"""Masks secrets and personal data in messages and calls that are stored or shown."""

import re
from typing import Any

SECRETS = {
    "access_token",
    "secret",
    "appsecret",
    "token",
    "encoding_aes_key",
    "paysign",
    "session_key",
    "qrcode_ticket",
    "qrcode_buf",
}
PERSONAL = {
    "openid",
    "open_id",
    "payer_openid",
    "phone_number",
    "phone",
    "tel_number",
    "mobile",
    "receiver_name",
    "detailed_address",
    "id_card_number",
    "id_card_name",
    "account_number",
    "account_name",
    "contact_name",
    "legal_person",
    "id_name",
    "id_number",
    "id_doc_name",
    "id_doc_number",
    "contact_id_card_number",
    "contact_email",
    "mobile_phone",
    "account_no",
    "bank_num",
    "user_name",
    "fromusername",
    "email",
    "trademark_registrant",
    "trademark_applicant",
    "service_agent_phone",
    "openids",
    "success_list",
    "fail_list",
    "refuse_list",
}

# What a buyer wrote: nobody can tell what is in it, so only its length is kept.
WORDS = {"refund_reason", "customer_material_content", "content"}
MASKED_WORDS = re.compile(r"\*\*\*\* \(\d+\)")


def mask(text: Any) -> str:
    """Mask a text: keep the first and last letters of a long one, and one letter of a short one."""
    text = str(text)
    if len(text) > 7:
        return f"{text[:3]}****{text[-2:]}"
    return f"{text[:1]}**" if text else ""


def masked(payload: Any, name: str = "") -> Any:
    """A copy of a message with its secrets removed and its personal data masked."""
    if isinstance(payload, dict):
        return {key: masked(value, key) for key, value in payload.items()}
    if isinstance(payload, list | tuple):
        return [masked(value, name) for value in payload]
    if name.lower() in SECRETS:
        return "****"
    if name.lower() in WORDS and isinstance(payload, str) and payload:
        return payload if MASKED_WORDS.fullmatch(payload) else f"**** ({len(payload)})"
    if (name.lower() in PERSONAL or name.lower().endswith("openid")) and payload not in (None, ""):
        return mask(payload)
    return payload
