from django.db.models import QuerySet

from catalog.coupons.models import Coupon
from catalog.coupons.operations import void_coupon
from console.commands import RecordCommand


class Command(RecordCommand):
    help = "Void coupons: nobody can receive them any more, and there is no way back."
    operation = void_coupon
    noun = "coupon"
    columns = ("out_coupon_id",)
    naming = "Name coupons"

    def needing(self) -> QuerySet:
        return Coupon.objects.effective()
