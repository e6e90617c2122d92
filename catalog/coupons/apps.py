from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CouponsConfig(AppConfig):
    name = "catalog.coupons"
    label = "coupons"
    verbose_name = _("Coupons")

    def ready(self):
        post_migrate.connect(begin, sender=self, dispatch_uid="coupons")


def begin(using, **kwargs):
    """What there is one of stands there from the beginning."""
    from .models import CouponSetup

    if using == "default":
        CouponSetup.objects.get_or_create(pk=1)
