"""Pictures (BEHAVIOUR 3.5)."""

import re
import secrets
from typing import Any
from urllib.parse import urlsplit

from ..models import Account, Picture
from ..platform import Refusal, Request, endpoint

LIMIT = 2 * 1024 * 1024
BY_LINK = 1  # upload_type
MEDIA_ID, LINK, PAY_MEDIA_ID = range(3)  # resp_type
KEYS = {MEDIA_ID: "media_id", LINK: "temp_img_url", PAY_MEDIA_ID: "pay_media_id"}
HOSTS = ("store.mp.video.tencent-cloud.com", "mmbizurl.cn", "mmecimage.cn")


@endpoint("/shop/img/upload")
def upload(request: Request) -> dict:
    fields = {**request.query, **request.data}
    try:
        kind, source = int(fields["resp_type"]), int(fields["upload_type"])
    except (KeyError, ValueError):
        raise Refusal(990007, "resp_type and upload_type are needed") from None
    if kind not in KEYS:
        raise Refusal(40097, "invalid resp_type")
    if source == BY_LINK:
        _check_source(fields.get("img_url") or "")
        return {"img_info": _stored(request.account, kind)}
    name, content = request.files.get("media", ("", b""))
    _check_content(content)
    if kind == PAY_MEDIA_ID and not name:
        raise Refusal(40097, "a filename is needed")
    return {"img_info": _stored(request.account, kind, len(content))}


def _check_content(content: bytes) -> None:
    if not content:
        raise Refusal(1070001, "media is empty")
    if len(content) > LIMIT:
        raise Refusal(40097, "media is larger than 2 MB")
    if content[:3] != b"\xff\xd8\xff" and content[:8] != b"\x89PNG\r\n\x1a\n":
        raise Refusal(1070001, "media is not a picture")


def _check_source(link: str) -> None:
    """Accepts any http or https address, and downloads nothing. A fault simulates failing downloads."""
    if not link:
        raise Refusal(1070001, "img_url is empty")
    try:
        parts = urlsplit(link)
    except ValueError:
        raise Refusal(1070010, "download of img_url failed") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", link):
        raise Refusal(1070010, "download of img_url failed")


def _stored(account: Account, kind: int, size: int = 0) -> dict[str, str]:
    """Store a picture and return the requested kind of id."""
    key = secrets.token_hex(16)
    if kind == LINK:
        return {KEYS[kind]: new_link(account, key, size)}
    Picture.objects.create(**{KEYS[kind]: key}, size=size)
    return {KEYS[kind]: key}


def new_link(account: Account, name: str, size: int = 0) -> str:
    """The address of a picture that counts as uploaded."""
    link = f"https://mmecimage.cn/p/{account.appid}/{name}"
    Picture.objects.get_or_create(link=link, defaults={"size": size})
    return link


def check(account: Account, value: Any, media_id: bool = False) -> None:
    """Check that a picture was uploaded here: by its link, or by its media_id where that is allowed."""
    if not account.on("images_must_be_ours"):
        return
    if media_id and Picture.objects.filter(media_id=value).exclude(media_id="").exists():
        return
    parts = urlsplit(str(value))
    if parts.hostname not in HOSTS or not Picture.objects.filter(link=value).exists():
        raise Refusal(1070010, "the picture link must come from the upload interface")
