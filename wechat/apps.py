from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class WechatConfig(AppConfig):
    name = "wechat"
    verbose_name = _("WeChat")

    def ready(self):
        autodiscover_modules("operations", "callbacks")
        post_migrate.connect(name_lists, sender=self, dispatch_uid="lists")


def name_lists(using, **kwargs):
    """Every list that can be pulled has its row from the beginning, so that there is something to press."""
    from .models import PulledList
    from .steps.pulls import pulls

    if using == "default":
        rows = [PulledList(name=name) for name in pulls]
        PulledList.objects.bulk_create(rows, ignore_conflicts=True)
