"""Answers one call, whether it came by HTTP or by the transport adapter."""

import json
import secrets
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from . import numbers
from .models import Account, Entry, Fault, Token
from .scenario import recording


class Refusal(Exception):
    """The platform refuses the call, with an errcode."""

    def __init__(self, errcode: int, errmsg: str):
        self.errcode, self.errmsg = errcode, errmsg


class Request(NamedTuple):
    account: Account
    query: dict
    data: dict  # the JSON body, or the form's fields
    files: dict  # part: (name, bytes)


class Silence(Exception):
    """No answer: the front lets the caller wait (`timeout`) or closes the connection (`reset`)."""

    def __init__(self, kind: str, seconds: int):
        self.kind, self.seconds = kind, seconds


class Answer(NamedTuple):
    body: bytes
    status: int = 200
    seconds: int = 0  # how long the front lets the caller wait first


Endpoint = Callable[[Request], dict]

ENDPOINTS: dict[str, tuple[str, Endpoint]] = {}
CALLING_BACK: set[str] = set()
# BEHAVIOUR 7.1, 7.3: what needs a merchant account, and how it is refused without one
MERCHANTS = {
    "/shop/order/getpaymentparams": (48001, "api unauthorized"),
    "/shop/ecaftersale/": (48001, "api unauthorized"),
    "/shop/pay/": (48001, "api unauthorized"),
    "/shop/funds/": (47001, "data format error"),
}


def endpoint(path: str, method: str = "POST", calls_back: bool = False) -> Callable[[Endpoint], Endpoint]:
    """`calls_back`: it asks the merchant before it answers, so no transaction is open meanwhile (BEHAVIOUR 14.25)."""

    def register(function: Endpoint) -> Endpoint:
        ENDPOINTS[path] = (method, function)
        if calls_back:
            CALLING_BACK.add(path)
        return function

    return register


def call(method: str, path: str, query: dict, body: bytes, content_type: str) -> Answer:
    """Answer one call, recorded while a recording runs; raises Silence where a fault is injected for it."""
    heard = recording.SILENT
    try:
        answer = _answered(method, path, query, body, content_type)
        heard = recording.heard(answer.body)
        return answer
    finally:
        if recording.running():
            recording.call(path, query, *_readable(method, path, body, content_type), heard)


def _readable(method: str, path: str, body: bytes, content_type: str) -> tuple[dict, dict]:
    try:
        return _read(method, path, body, content_type)
    except Refusal:
        return {}, {}


def _answered(method: str, path: str, query: dict, body: bytes, content_type: str) -> Answer:
    fault = _fault(path)
    if fault and fault.kind == "timeout_before":
        raise Silence("timeout", fault.seconds)
    acted, answer, shown = False, {}, {}
    try:
        if fault and fault.kind == "error":
            raise Refusal(fault.errcode, "injected fault")
        with nullcontext() if path in CALLING_BACK else transaction.atomic(using="sandbox"):
            account = Account.only()
            data, files = _read(method, path, body, content_type)
            shown = {
                **data,
                **{part: f"{name}, {len(content)} bytes" for part, (name, content) in files.items()},
            }
            function = _permitted(account, method, path, query)
            fields = function(Request(account, query, data, files))
            answer = {"errcode": 0, "errmsg": "ok", **numbers.rewrite(account, path, fields)}
            acted = True
    except Refusal as refusal:
        answer = _no(refusal)
    if fault and fault.kind == "error_after" and acted:
        answer = _no(Refusal(fault.errcode, "injected fault"))
    _write(path, shown, answer, acted)
    if fault and fault.kind in ("timeout_after", "reset_after"):
        raise Silence(fault.kind.split("_")[0], fault.seconds)
    if fault and fault.kind == "garbage":
        return Answer(b"<html><h1>502 Bad Gateway</h1></html>", 502)
    seconds = fault.seconds if fault and fault.kind == "slow" else 0
    return Answer(json.dumps(answer, ensure_ascii=False).encode(), seconds=seconds)


def need(data: dict, *names: str) -> list[Any]:
    """The named fields; refuses with 990007 where one is missing or empty."""
    for name in names:
        if data.get(name) in (None, "", []):
            raise Refusal(990007, f"missing parameter {name}")
    return [data[name] for name in names]


def _read(method: str, path: str, body: bytes, content_type: str) -> tuple[dict, dict]:
    if method == "GET":
        return {}, {}
    if content_type.startswith("multipart/form-data"):
        return _form(body, content_type)
    if not body:
        raise Refusal(44002, "empty post data")
    try:
        data = json.loads(body.decode("utf-8"))
    except ValueError:
        raise Refusal(47001, "data format error") from None
    if not isinstance(data, dict):
        raise Refusal(47001, "data format error")
    return data, {}


def _form(body: bytes, content_type: str) -> tuple[dict, dict]:
    import io

    from django.core.files.uploadhandler import MemoryFileUploadHandler
    from django.http.multipartparser import MultiPartParser, MultiPartParserError

    handler = MemoryFileUploadHandler()
    meta = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": len(body)}
    try:
        fields, files = MultiPartParser(meta, io.BytesIO(body), [handler]).parse()
    except MultiPartParserError:
        raise Refusal(47001, "data format error") from None
    return fields.dict(), {part: (file.name or "", file.read()) for part in files for file in files.getlist(part)[-1:]}


def _permitted(account: Account, method: str, path: str, query: dict) -> Endpoint:
    if path not in ENDPOINTS:
        raise Refusal(40066, "invalid url")
    wanted, function = ENDPOINTS[path]
    if method != wanted:
        raise Refusal(43002 if wanted == "POST" else 43001, f"require {wanted} method")
    if not account.ip_allowed:
        raise Refusal(40164, "invalid ip 127.0.0.1, not in whitelist")
    if path.startswith("/shop/"):
        _authorise(query.get("access_token", ""))
        if account.access not in ("open", "banned") and not path.startswith("/shop/register/"):
            raise Refusal(48001, "api unauthorized")
        _need_merchant(account, path)
    # BEHAVIOUR 13: the momentary rate
    since = timezone.now() - timedelta(seconds=30)
    if Entry.objects.filter(endpoint=path, at__gt=since).count() >= account.rate:
        raise Refusal(300000, "request too frequent")
    return function


def _need_merchant(account: Account, path: str) -> None:
    for start, (errcode, errmsg) in MERCHANTS.items():
        if not path.startswith(start) or account.merchant == "open":
            continue
        # A frozen account can still be read.
        if start == "/shop/funds/" and (account.merchant == "frozen" or not account.on("funds_need_merchant")):
            continue
        raise Refusal(errcode, errmsg)


def _authorise(token: str) -> None:
    # BEHAVIOUR 11: tokens in the URL; a wrong one is 40001, an old one 42001
    if not token:
        raise Refusal(41001, "access_token missing")
    found = Token.objects.filter(value=token).first()
    if found is None:
        raise Refusal(40001, "invalid credential, access_token is invalid or not latest")
    if found.expires_at <= timezone.now():
        raise Refusal(42001, "access_token expired")


def _no(refusal: Refusal) -> dict:
    rid = "-".join(secrets.token_hex(4) for _part in range(3))
    return {"errcode": refusal.errcode, "errmsg": f"{refusal.errmsg} rid: {rid}"}


def _write(path: str, request: dict, answer: dict, acted: bool) -> None:
    kept = answer if len(str(answer)) < 10_000 else {"errcode": answer["errcode"], "…": len(str(answer))}
    Entry.objects.create(endpoint=path, request=request, answer=kept, acted=acted)


def _fault(path: str) -> Fault | None:
    from django.db.models import F

    for fault in Fault.objects.filter(left__gt=0, target__in=["", path]).exclude(kind__startswith="push_"):
        if Fault.objects.filter(pk=fault.pk, left__gt=0).update(left=F("left") - 1):
            return fault
    return None
