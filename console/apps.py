from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    name = "console"
    verbose_name = _("Console")

    def ready(self) -> None:
        from . import append_only, roles
        from .feed import triggers

        places = ("cards", "cautions", "buyers", "searched", "papers", "followed", "watched", "kept", "restored")
        autodiscover_modules(*places, "compared")
        pre_migrate.connect(triggers.make_room, sender=self, dispatch_uid="feed")
        post_migrate.connect(triggers.make, sender=self, dispatch_uid="feed")
        pre_migrate.connect(append_only.make_room, sender=self, dispatch_uid="append_only")
        post_migrate.connect(append_only.make, sender=self, dispatch_uid="append_only")
        post_migrate.connect(roles.after_migrate, dispatch_uid="roles")
