"""Operations on the account as a whole and on pictures."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.errors import Unreachable
from wechat.models import AccountInfo, Image
from wechat.shop import account, img
from wechat.steps.operations import REPEAT, Applies, operation
from wechat.steps.reading import accepted, apply_newest


@operation(on=Image, name="upload_image", label=_("Upload to WeChat"), allowed=Image.may_upload, recover=REPEAT)
def upload_image(image: Image, sent: dict) -> Applies:
    """Give WeChat the picture's bytes and keep the address it returns; the same bytes are never sent twice."""
    if image.link:
        return None
    with image.file.open("rb") as file:
        content = file.read()
    link = img.upload(str(image.file.name).rsplit("/", 1)[-1], content, image.content_type).get("temp_img_url")
    if not link:
        raise Unreachable("img/upload answered without an address")

    def keep() -> None:
        image.link = link
        image.save(update_fields=["link"])

    return keep


def _missing(info: AccountInfo) -> dict[str, list]:
    missing: dict[str, list] = {}
    if not info.official_service:
        missing["official_service"] = [
            _("WeChat refuses products without its official customer service: switch it on.")
        ]
    if any([info.receiver_name, info.tel_number, info.detailed_address]) and not info.has_address:
        for field in ("receiver_name", "tel_number", "detailed_address"):
            if not getattr(info, field):
                missing[field] = [_("A return address needs receiver, phone and street address.")]
    return missing


@operation(on=AccountInfo, name="send_account_info", label=_("Send to WeChat"), check=_missing, recover=REPEAT)
def send_account_info(info: AccountInfo, sent: dict) -> Applies:
    """Set customer service and return address as they stand here."""
    payload: dict = {"service_agent_type": info.service_agent_type}
    if info.service_agent_path:
        payload["service_agent_path"] = info.service_agent_path
    if info.service_agent_phone:
        payload["service_agent_phone"] = info.service_agent_phone
    if info.has_address:
        fields = ("receiver_name", "detailed_address", "tel_number", "country", "province", "city", "town")
        payload["default_receiving_address"] = {name: getattr(info, name) for name in fields if getattr(info, name)}
    account.update_info(payload)
    services = {key: value for key, value in payload.items() if key.startswith("service")}
    return lambda: accepted(info, platform=services)


@operation(on=AccountInfo, name="refresh_account_info", label=_("Read from WeChat"), reads=True)
def refresh_account_info(info: AccountInfo, sent: dict) -> Applies:
    """Read what WeChat has; the form shows it beside ours."""
    began, platform = timezone.now(), account.get_info()
    return lambda: apply_newest(info, began, platform=platform)
