"""The requests that the robots of WeCom, Feishu and DingTalk take, as their documents have them, and their answers."""

import base64
import hmac
import json
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote_plus

from ..models import AlertChannel

By = AlertChannel.By
WECOM_BYTES = 2_048  # of a text
LONGEST = 5_000  # characters, for the others


class Request(NamedTuple):
    url: str
    body: str


def request_of(by: str, url: str, secret: str, text: str, now: float) -> Request:
    """What is posted to a robot; signed where it has a secret."""
    return ROBOTS[by](url, secret, text, now)


def is_accepted(answer: str) -> bool:
    """Robots answer 200 with an error in the body."""
    try:
        said = json.loads(answer)
        return int(said.get("errcode", said.get("code", said.get("StatusCode", -1)))) == 0
    except (ValueError, TypeError, AttributeError):
        return False


def _wecom(url: str, secret: str, text: str, now: float) -> Request:
    short = text.encode()[:WECOM_BYTES].decode(errors="ignore")
    return Request(url, _json({"msgtype": "text", "text": {"content": short}}))


def _dingtalk(url: str, secret: str, text: str, now: float) -> Request:
    """Milliseconds and signature are in the address; the secret is the key."""
    if secret:
        stamp = str(round(now * 1000))
        sign = base64.b64encode(hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), sha256).digest())
        url = f"{url}{'&' if '?' in url else '?'}timestamp={stamp}&sign={quote_plus(sign)}"
    return Request(url, _json({"msgtype": "text", "text": {"content": text[:LONGEST]}}))


def _feishu(url: str, secret: str, text: str, now: float) -> Request:
    """Seconds and signature are in the body; stamp and secret are the key, and nothing is the message."""
    body: dict = {"msg_type": "text", "content": {"text": text[:LONGEST]}}
    if secret:
        stamp = str(int(now))
        sign = base64.b64encode(hmac.new(f"{stamp}\n{secret}".encode(), b"", sha256).digest()).decode()
        body = {"timestamp": stamp, "sign": sign, **body}
    return Request(url, _json(body))


def _json(body: dict) -> str:
    return json.dumps(body, ensure_ascii=False)


ROBOTS: dict[str, Callable[[str, str, str, float], Request]] = {
    By.WECOM: _wecom,
    By.DINGTALK: _dingtalk,
    By.FEISHU: _feishu,
}
