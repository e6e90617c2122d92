from typing import Any

from django.apps import AppConfig
from django.core.checks import register
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class WechatConfig(AppConfig):
    name = "wechat"
    verbose_name = _("WeChat")

    def ready(self) -> None:
        from . import retention

        autodiscover_modules("operations", "callbacks")
        register(retention.check)
        post_migrate.connect(create_lists, sender=self, dispatch_uid="lists")
        post_migrate.connect(create_singles, dispatch_uid="singles")


def create_lists(using: str, **kwargs: Any) -> None:
    """Create the row of every list that can be pulled, after each migration: its page with the button needs one."""
    from .models import PulledList
    from .steps.pulls import pulls

    if using == "default":
        PulledList.objects.bulk_create([PulledList(name=name) for name in pulls], ignore_conflicts=True)


def create_singles(sender: Any, using: str, **kwargs: Any) -> None:
    """Create the row of every model that has exactly one (`Single`), in every app."""
    from .models import Single

    for model in sender.get_models():
        if using == "default" and issubclass(model, Single):
            model._default_manager.get_or_create(pk=1)
