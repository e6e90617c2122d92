from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class PayoutsConfig(AppConfig):
    name = "books.payouts"
    label = "payouts"
    verbose_name = _("Pay-outs")

    def ready(self) -> None:
        from . import triggers

        pre_migrate.connect(triggers.make_room, sender=self, dispatch_uid="payouts")
        post_migrate.connect(triggers.make, sender=self, dispatch_uid="payouts")
