"""Section 3.5: pictures."""

import secrets
from urllib.parse import urlsplit

from ..models import Account, Picture
from ..platform import Refusal, Request, endpoint

LIMIT = 2 * 1024 * 1024
HOSTS = ("store.mp.video.tencent-cloud.com", "mmbizurl.cn", "mmecimage.cn")


@endpoint("/shop/img/upload")
def upload(request: Request) -> dict:
    given = {**request.query, **request.data}
    try:
        kind, source = int(given["resp_type"]), int(given["upload_type"])
    except (KeyError, ValueError):
        raise Refusal(990007, "resp_type and upload_type are needed") from None
    if source == 1:
        raise Refusal(1070010, "download of img_url failed")
    name, content = request.files.get("media", ("", b""))
    if not content:
        raise Refusal(1070001, "media is empty")
    if len(content) > LIMIT:
        raise Refusal(40097, "media is larger than 2 MB")
    if content[:3] != b"\xff\xd8\xff" and content[:8] != b"\x89PNG\r\n\x1a\n":
        raise Refusal(1070001, "media is not a picture")
    if kind == 2 and not name:
        raise Refusal(40097, "a filename is needed")
    picture = Picture(size=len(content))
    key = secrets.token_hex(16)
    if kind == 0:
        picture.media_id = info = key
    elif kind == 1:
        picture.link = info = f"https://mmecimage.cn/p/{request.account.appid}/{key}"
    elif kind == 2:
        picture.pay_media_id = info = key
    else:
        raise Refusal(40097, "invalid resp_type")
    picture.save()
    return {"img_info": {("media_id", "temp_img_url", "pay_media_id")[kind]: info}}


def check(account: Account, value, media_id: bool = False) -> None:
    """A picture in another call must have come from here: by its link, or its media_id where that is allowed."""
    if not account.on("images_must_be_ours"):
        return
    if media_id and Picture.objects.filter(media_id=value).exclude(media_id="").exists():
        return
    parts = urlsplit(str(value))
    if parts.hostname not in HOSTS or not Picture.objects.filter(link=value).exists():
        raise Refusal(1070010, "the picture link must come from the upload interface")
