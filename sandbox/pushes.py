"""Delivers events to the merchant, with the platform's few retries and injected faults (BEHAVIOUR 10)."""

import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import requests
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from . import envelope
from .models import Account, Fault, Push

# (url, body, content type) -> (status, text); raises requests.RequestException
Send = Callable[[str, bytes, str], tuple[int, str]]


class Unanswered(Exception):
    """The merchant could not be reached."""


def push(event: str, fields: dict) -> None:
    """Queue an event; injected faults may drop, delay, repeat or reorder it."""
    now = timezone.now()
    message = _message(event, fields)
    fault = _fault(event)
    kind = fault.kind if fault else ""
    late = timedelta(seconds=fault.seconds if fault and kind in ("push_late", "push_swapped") else 0)
    state = Push.LOST if kind == "push_lost" else Push.QUEUED
    Push.objects.create(event=event, fields=message, due_at=now + late, state=state, answer=kind)
    if kind == "push_twice":
        Push.objects.create(event=event, fields=message, due_at=now)
    if kind != "push_swapped":
        # An event that a fault holds back until after the next one is now due.
        Push.objects.filter(state=Push.QUEUED, answer="push_swapped").update(
            due_at=now + timedelta(milliseconds=1), answer=""
        )


def ask(event: str, fields: dict, address: str) -> dict[str, str]:
    """Push at once and return the answer's fields (BEHAVIOUR 8); {} where it cannot be read. Raises Unanswered.

    Never within a transaction: the merchant may call back before it answers (BEHAVIOUR 14.25).
    """
    account, now = Account.only(), timezone.now()
    fault = _fault(event)
    waiting = Push(event=event, fields=_message(event, fields), due_at=now, attempts=1, state=Push.LOST)
    answer: dict[str, str] = {}
    try:
        if fault and fault.kind == "push_lost":
            raise requests.ConnectionError
        if fault and fault.kind == "push_twice":
            sender(*message_for(account, waiting, address))
        status, text = sender(*message_for(account, waiting, address))
        waiting.answer = f"{status} {text[:200]}"
        if status == 200:
            answer = _read(account, text)
            waiting.state = Push.DELIVERED if answer else Push.LOST
    except requests.RequestException as error:
        waiting.answer = type(error).__name__
        raise Unanswered from None
    finally:
        waiting.save()
    return answer


def deliver_due(send: Send | None = None) -> int:
    """Try every push that is due once; returns how many were tried."""
    tried = 0
    for waiting in Push.objects.filter(state=Push.QUEUED, due_at__lte=timezone.now()).order_by("due_at", "id"):
        hold = timezone.now() + timedelta(seconds=30)
        if Push.objects.filter(pk=waiting.pk, state=Push.QUEUED, due_at=waiting.due_at).update(due_at=hold):
            _try(waiting, send or _over_http)
            tried += 1
    return tried


def message_for(account: Account, push: Push, address: str = "") -> tuple[str, bytes, str]:
    """The URL with its signatures, the body and its content type, as this try goes out."""
    stamp, nonce = str(int(time.time())), secrets.token_hex(8)
    query = {
        "signature": envelope.signature(account.token, stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "openid": push.fields["FromUserName"],
    }
    body = push.fields
    if account.mode != "plaintext":
        sealed = envelope.seal(envelope.write(push.fields, account.format), account.appid, account.aes_key)
        query |= {
            "encrypt_type": "aes",
            "msg_signature": envelope.signature(account.token, stamp, nonce, sealed),
        }
        clear = push.fields if account.mode == "compatible" else {"ToUserName": push.fields["ToUserName"]}
        body = {**clear, "Encrypt": sealed}
    kind = "application/json" if account.format == "json" else "text/xml"
    url = f"{address or settings.WECHAT_CALLBACK_URL}?{urlencode(query)}"
    return url, envelope.write(body, account.format).encode(), kind


def _message(event: str, fields: dict) -> dict:
    return {
        "ToUserName": "gh_sandbox",
        "FromUserName": "oSANDBOXplatform",
        "CreateTime": int(timezone.now().timestamp()),
        "MsgType": "event",
        "Event": event,
        **fields,
    }


def _read(account: Account, text: str) -> dict[str, str]:
    """The fields of an answer in the account's format, decrypted where needed; {} where it cannot be read."""
    try:
        fields = envelope.read(text, account.format)
        sealed = fields.get("Encrypt", "")
        if sealed:
            named = [fields.get(name, "") for name in ("TimeStamp", "Nonce")]
            if envelope.signature(account.token, *named, sealed) != fields.get("MsgSignature"):
                return {}
            return envelope.read(envelope.opened(sealed, account.appid, account.aes_key), account.format)
    except ValueError:
        return {}
    return {} if account.mode == "safe" and account.on("coupon_answers_sealed") else fields


def _try(push: Push, send: Send) -> None:
    account = Account.only()
    try:
        status, text = send(*message_for(account, push))
        # BEHAVIOUR 10.4: exactly `success`, or nothing
        accepted, answer = status == 200 and text in ("success", ""), f"{status} {text[:200]}"
    except requests.RequestException as error:
        accepted, answer = False, type(error).__name__
    attempts = push.attempts + 1
    over = attempts > account.retries
    state = Push.DELIVERED if accepted else Push.LOST if over else Push.QUEUED
    again = timezone.now() + timedelta(seconds=1)
    Push.objects.filter(pk=push.pk).update(attempts=attempts, state=state, answer=answer, due_at=again)


def _over_http(url: str, body: bytes, content_type: str) -> tuple[int, str]:
    response = requests.post(url, data=body, headers={"Content-Type": content_type}, timeout=5)
    return response.status_code, response.text


sender: Send = _over_http  # what `ask` sends with; the tests have no server


def _fault(event: str) -> Fault | None:
    for fault in Fault.objects.filter(left__gt=0, target__in=["", event], kind__startswith="push_"):
        if Fault.objects.filter(pk=fault.pk, left__gt=0).update(left=F("left") - 1):
            return fault
    return None
