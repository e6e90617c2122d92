from django.conf import settings
from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path
from django.views.i18n import JavaScriptCatalog, set_language

from console import metrics
from console.files import picture
from scenes.start import start
from wechat.views import callback

from .health import readyz
from .push_address import PATHS

urlpatterns = [
    path("", start, name="start"),
    # In front of Django by config.wsgi; here for Django's own servers and clients.
    *[path(each.lstrip("/"), callback) for each in PATHS],
    path("healthz", lambda request: HttpResponse("alive", content_type="text/plain"), name="healthz"),
    path("metrics", metrics.page, name="metrics"),
    path("readyz", readyz, name="readyz"),
    path("i18n/setlang/", set_language, name="set_language"),
    path("i18n/js/", JavaScriptCatalog.as_view(), name="javascript-catalog"),
    path("api/v1/", include("config.api")),
    path("files/<int:pk>/", picture, name="picture"),
    path("admin/", admin.site.urls),
    *([path("sandbox/", include("sandbox.urls"))] if settings.WECHAT_SANDBOX else []),
]

handler400, handler404 = "console.error_pages.bad_request", "console.error_pages.not_found"
handler500 = "console.error_pages.failed"
