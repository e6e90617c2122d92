from wechat import client

MEDIA_ID, LINK, PAY_MEDIA_ID = range(3)


def upload(name: str, content: bytes, content_type: str, resp_type: int = LINK) -> dict:
    """Upload a picture's bytes (at most 2 MB, JPG or PNG).

    Returns {temp_img_url} for LINK, else {media_id} or {pay_media_id}. The link is called temporary but lasts:
    store and reuse it (BEHAVIOUR 3.5).
    """
    fields = {"resp_type": resp_type, "upload_type": 0}
    answer = client.upload("/shop/img/upload", fields, {"media": (name, content, content_type)})
    return answer.get("img_info") or {}
