from django.conf import settings

from wechat import client
from wechat.client import stable_token

__all__ = ["stable_token", "token"]


def token() -> dict:
    """`GET /cgi-bin/token`: a new token each time, which invalidates the one before; use `stable_token` instead."""
    query = {
        "grant_type": "client_credential",
        "appid": settings.WECHAT_APPID,
        "secret": settings.WECHAT_SECRET,
    }
    return client.exchange("/cgi-bin/token", {"appid": settings.WECHAT_APPID}, method="GET", params=query)
