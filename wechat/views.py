"""The push address: GET proves to WeChat that it is ours, POST delivers an event (BEHAVIOUR section 10)."""

import logging
import time
from collections.abc import Callable
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.crypto import get_random_string
from django.views.decorators.csrf import csrf_exempt

from wechat import callbacks, crypto, deadline, messages
from wechat.errors import OperationError
from wechat.values import number64

log = logging.getLogger(__name__)
MAX_BODY = 256 * 1024


class Rejected(Exception):
    """The message is not accepted; `status` is the HTTP status of the answer."""

    def __init__(self, status: int, reason: str) -> None:
        self.status, self.reason = status, reason
        super().__init__(reason)


@csrf_exempt
def callback(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return _verification(request)
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "GET, POST"})
    try:
        with deadline.for_message():
            return _received(request)
    except DatabaseError:
        # Not committed, so no `success` is answered: WeChat sends the message again.
        log.exception("a pushed message could not be kept")
        return HttpResponse("try again", status=503, content_type="text/plain")


def _received(request: HttpRequest) -> HttpResponse:
    body = b""
    try:
        body = _body(request)
        return _accept(request, body)
    except Rejected as rejection:
        log.warning("a pushed message was refused: %s", rejection.reason)
        return _refused(request, body, rejection)


def _query(request: HttpRequest) -> dict[str, str]:
    """As request.GET has it, in a third of its time."""
    return dict(parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True))


def _verification(request: HttpRequest) -> HttpResponse:
    query = _query(request)
    if not settings.WECHAT_TOKEN:  # anybody can sign with none
        return HttpResponse("WECHAT_TOKEN is not set", status=403, content_type="text/plain; charset=utf-8")
    if not crypto.signed(
        query.get("signature", ""), settings.WECHAT_TOKEN, query.get("timestamp", ""), query.get("nonce", "")
    ):
        return HttpResponse(
            "wrong signature: is WECHAT_TOKEN the one set on WeChat's page?",
            status=403,
            content_type="text/plain; charset=utf-8",
        )
    return HttpResponse(query.get("echostr", ""), content_type="text/plain; charset=utf-8")


def _body(request: HttpRequest) -> bytes:
    if request.META.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
        raise Rejected(415, "compressed bodies are not accepted")
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    body = b"" if length > MAX_BODY else request.read(MAX_BODY + 1)
    if length > MAX_BODY or len(body) > MAX_BODY:
        raise Rejected(413, f"the body is larger than {MAX_BODY} bytes")
    return body


def _accept(request: HttpRequest, body: bytes) -> HttpResponse:
    if not settings.WECHAT_TOKEN:
        raise Rejected(403, "WECHAT_TOKEN is not set, so nothing can be verified")
    query = _query(request)
    stamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    sealed = query.get("encrypt_type") == "aes"
    if settings.WECHAT_CALLBACK_MODE == "safe" and not sealed:
        raise Rejected(403, "in safe mode only encrypted messages are accepted")
    try:
        if sealed:
            body = _opened(query.get("msg_signature", ""), stamp, nonce, body)
        elif not crypto.signed(query.get("signature", ""), settings.WECHAT_TOKEN, stamp, nonce):
            raise Rejected(403, "wrong signature")
        if abs(time.time() - (number64(stamp) or 0)) > settings.WECHAT_CALLBACK_WINDOW:
            raise Rejected(403, "stale: the signed timestamp is too far from this server's clock")
        message = messages.parse(body)
    except messages.Malformed as error:
        raise Rejected(400, f"malformed: {error}") from None
    name = messages.name_of(message)
    if not name:
        raise Rejected(400, "malformed: it names no event")
    callbacks.keep(body, message)
    if name in callbacks.repliers:
        return _reply(callbacks.repliers[name], messages.Event(message), body, sealed)
    return HttpResponse("success", content_type="text/plain")


def _opened(signature: str, stamp: str, nonce: str, body: bytes) -> bytes:
    envelope = messages.envelope_of(body)
    if not envelope:
        raise Rejected(400, "malformed: there is no Encrypt in it")
    if not crypto.signed(signature, settings.WECHAT_TOKEN, stamp, nonce, envelope):
        raise Rejected(403, "wrong signature")
    try:
        return crypto.decrypt(envelope, settings.WECHAT_APPID, settings.WECHAT_AES_KEY)
    except crypto.BadEnvelope as error:
        raise Rejected(403, f"bad envelope: {error}") from None


def _reply(replier: Callable, event: messages.Event, body: bytes, sealed: bool) -> HttpResponse:
    """Answer the one kind of event that needs a body, in the format and mode in which it came."""
    with translation.override(settings.LANGUAGE_CODE):
        try:
            fields = replier(event)
        except OperationError as error:
            fields = {"ret_code": 1, "ret_msg": str(error)}
    as_json = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    write = messages.to_json if as_json else messages.to_xml
    answer = write(fields)
    if sealed:
        envelope = crypto.encrypt(answer, settings.WECHAT_APPID, settings.WECHAT_AES_KEY)
        stamp, nonce = str(int(time.time())), get_random_string(16)
        signature = crypto.sign(settings.WECHAT_TOKEN, stamp, nonce, envelope)
        answer = write({"Encrypt": envelope, "MsgSignature": signature, "TimeStamp": stamp, "Nonce": nonce})
    return HttpResponse(answer, content_type="application/json" if as_json else "text/xml")


def _refused(request: HttpRequest, body: bytes, rejection: Rejected) -> HttpResponse:
    try:
        callbacks.keep_refused(body, request.META.get("QUERY_STRING", ""), rejection.reason)
    except DatabaseError:
        log.exception("a refused message could not be kept")
    return HttpResponse(rejection.reason, status=rejection.status, content_type="text/plain; charset=utf-8")
