from django.conf import settings
from django.http import HttpRequest


def shop(request: HttpRequest) -> dict[str, object]:
    """Template variables of the frame around every page."""
    return {
        "sandbox": settings.WECHAT_SANDBOX,
        "shop_appid": settings.WECHAT_APPID,
        "languages": settings.LANGUAGES,
    }
