from django.db import models


class Coupon(models.Model):
    """A coupon with its stock (BEHAVIOUR 8): `issued_num` is what is left, `receive_num` what was given out."""

    EDITING, EFFECTIVE, EXPIRED, VOIDED = 1, 2, 3, 4

    out_coupon_id = models.CharField(max_length=200, unique=True)
    content = models.JSONField()
    status = models.IntegerField(default=EDITING)
    issued_num = models.IntegerField(default=0)
    receive_num = models.IntegerField(default=0)
    stocked_at = models.DateTimeField(null=True)  # until then it has no stock at all
    stock_updated_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField()

    @property
    def name(self) -> str:
        return self.content["coupon_info"]["name"]


class UserCoupon(models.Model):
    VALID, EXPIRED, USED = 100, 101, 102

    coupon = models.ForeignKey(Coupon, models.CASCADE, related_name="given")
    out_user_coupon_id = models.CharField(max_length=200)
    openid = models.CharField(max_length=40, db_index=True)
    status = models.IntegerField(default=VALID)
    use_time = models.BigIntegerField(default=0)  # Unix seconds, as all three
    start_time = models.BigIntegerField(default=0)
    end_time = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["coupon", "out_user_coupon_id"], name="sandbox_user_coupon"),
        ]
