from django.conf import settings


def shop(request):
    """What every page's frame shows."""
    return {
        "sandbox": settings.WECHAT_SANDBOX,
        "shop_appid": settings.WECHAT_APPID,
        "languages": settings.LANGUAGES,
    }
