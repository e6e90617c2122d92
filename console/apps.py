from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    name = "console"
    verbose_name = _("Console")

    def ready(self) -> None:
        from . import roles

        autodiscover_modules("cards", "cautions", "buyers", "searched", "papers")
        post_migrate.connect(roles.after_migrate, dispatch_uid="roles")
