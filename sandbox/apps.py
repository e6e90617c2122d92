from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _


class SandboxConfig(AppConfig):
    name = "sandbox"
    label = "sandbox"
    verbose_name = _("Sandbox")

    def ready(self) -> None:
        if not settings.DEBUG and not getattr(settings, "TESTING", False):
            raise ImproperlyConfigured("The sandbox pretends to be WeChat and runs only with DEBUG on.")
        from . import endpoints, seed  # noqa: F401  they register calls, and what fills a new account
