from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class FundsConfig(AppConfig):
    name = "orders.funds"
    label = "funds"
    verbose_name = _("Funds")

    def ready(self):
        post_migrate.connect(begin, sender=self, dispatch_uid="funds")


def begin(using, **kwargs):
    """What there is one of stands there from the beginning."""
    from .models import Balance, BankAccount, MerchantAccount

    if using == "default":
        for single in (MerchantAccount, Balance, BankAccount):
            single.objects.get_or_create(pk=1)
