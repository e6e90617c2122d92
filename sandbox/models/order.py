from datetime import datetime, timedelta

from django.db import models


class Order(models.Model):
    """An order with its state (BEHAVIOUR 4.4) and the request that created it."""

    UNPAID, UNSYNCED, TO_SHIP, PART_SHIPPED, SHIPPED, FINISHED = 10, 11, 20, 21, 30, 100
    TIMED_OUT, REFUNDED, CANCELLED = 181, 200, 250
    PAID = (TO_SHIP, PART_SHIPPED, SHIPPED, FINISHED)

    order_id = models.BigIntegerField(primary_key=True)
    out_order_id = models.CharField(max_length=200, unique=True)
    openid = models.CharField(max_length=40)
    fund_type = models.IntegerField()
    scene = models.IntegerField()
    status = models.IntegerField(default=UNPAID)
    content = models.JSONField()
    ticket = models.CharField(max_length=64, blank=True)  # empty once consumed
    ticket_until = models.DateTimeField(null=True)
    frozen = models.BooleanField(default=False)  # BEHAVIOUR 4.3: the price stands, payment parameters were given
    expire_at = models.DateTimeField(null=True)  # by the account's clock, as shipped_at
    transaction_id = models.CharField(max_length=64, blank=True)
    paid_at = models.DateTimeField(null=True)
    parcels = models.JSONField(default=list)
    shipped_at = models.DateTimeField(null=True)  # the whole of it
    finished_at = models.DateTimeField(null=True)  # by the account's clock, as claims_until
    claims_until = models.DateTimeField(null=True)  # where update_deadline moved it
    refunded = models.JSONField(default=dict)  # out_sku_id: pieces
    freed = models.JSONField(default=dict)  # out_sku_id: those of them that were in no parcel, nor had to come back
    promotion = models.JSONField(default=dict)
    promoter_id = models.CharField(max_length=100, blank=True)
    promoter_openid = models.CharField(max_length=100, blank=True)
    sharer = models.JSONField(default=dict)
    sharer_openid = models.CharField(max_length=100, blank=True)
    live_export_id = models.CharField(max_length=100, blank=True)  # told with a sharer's live rooms only
    settled = models.BooleanField(default=False)
    paid_back = models.BigIntegerField(default=0)  # fen that the platform has refunded
    create_time = models.DateTimeField(db_index=True)  # as the merchant says
    created_at = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["status", "expire_at"], name="sandbox_order_expiry"),
            models.Index(fields=["status", "shipped_at"], name="sandbox_order_receipt"),
            models.Index(fields=["settled", "status", "finished_at"], name="sandbox_order_settlement"),
            models.Index(fields=["promoter_id", "paid_at"], name="sandbox_order_promoter"),
            models.Index(fields=["promoter_openid", "paid_at"], name="sandbox_order_promoter_openid"),
            models.Index(fields=["sharer_openid", "paid_at"], name="sandbox_order_sharer"),
        ]

    @property
    def lines(self) -> list[dict]:
        return self.content["order_detail"]["product_infos"]

    @property
    def price(self) -> int:
        return self.content["order_detail"]["price_info"]["order_price"]

    @property
    def yuan(self) -> str:
        return f"¥{self.price // 100}.{self.price % 100:02d}"

    @property
    def delivery_type(self) -> int:
        return (self.content.get("delivery_detail") or {}).get("delivery_type", 1)

    @property
    def claimable_until(self) -> datetime | None:
        """The end of the days for claims; None while it is not known (BEHAVIOUR 5.4)."""
        days = min(self.content.get("aftersale_duration") or 7, 3650)
        return self.claims_until or (self.finished_at + timedelta(days=days) if self.finished_at else None)


class Claim(models.Model):
    """An after-sale of the new family with its state (BEHAVIOUR 5.2)."""

    CANCELLED, HANDLING, REFUND_REFUSED, RETURN_REFUSED, TO_RETURN, RETURN_CLOSED, TO_RECEIVE = 1, 2, 4, 5, 6, 7, 8
    OVERDUE, REFUNDED, RETURNED, REFUNDING, REFUND_FAILED, TO_CONFIRM, GIVEN_UP, DISMISSED = range(12, 20)
    DONE = (REFUNDED, RETURNED)
    FINAL = (CANCELLED, *DONE, GIVEN_UP, DISMISSED)

    aftersale_id = models.BigIntegerField(primary_key=True)
    out_aftersale_id = models.CharField(max_length=200, blank=True)  # empty where the buyer claimed in WeChat
    order = models.ForeignKey(Order, models.CASCADE, related_name="claims")
    type = models.IntegerField()  # 1 refund, 2 return and refund
    status = models.IntegerField(default=HANDLING)
    out_product_id = models.CharField(max_length=200)
    out_sku_id = models.CharField(max_length=200)
    product_cnt = models.IntegerField()
    orderamt = models.IntegerField()
    refund_reason_type = models.IntegerField()
    refund_reason = models.TextField()
    media_list = models.JSONField(default=list)
    return_info = models.JSONField(default=dict)
    address = models.JSONField(default=dict)  # where the goods go back to
    refund_desc = models.TextField(blank=True)
    certificates = models.JSONField(default=list)
    refund_id = models.CharField(max_length=64, blank=True)
    changes = models.PositiveIntegerField(default=1)  # its creation, and each time it was modified
    log = models.JSONField(default=list)
    due_at = models.DateTimeField(null=True, db_index=True)  # by the account's clock
    created_at = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["out_aftersale_id"], condition=~models.Q(out_aftersale_id=""), name="sandbox_claim_own_number"
            ),
        ]

    @property
    def yuan(self) -> str:
        return f"¥{self.orderamt // 100}.{self.orderamt % 100:02d}"


class Dispute(models.Model):
    """A dispute that a buyer brought before the platform (BEHAVIOUR 9). The states are those of a similar product."""

    WAITING, CANCELLED, USER_TO_PROVE, USER_PROVED, TO_PROVE, PROVED, MEDIATED = 101, 102, 104, 105, 106, 107, 112
    CLOSED, USER_TIMED_OUT, TIMED_OUT = 116, 305, 307
    OVER = (CANCELLED, MEDIATED, CLOSED)

    complaint_order_id = models.BigIntegerField(primary_key=True)
    claim = models.ForeignKey(Claim, models.CASCADE, related_name="disputes")
    type = models.IntegerField()
    state = models.IntegerField(default=WAITING)
    judge_result = models.IntegerField(default=0)
    flow = models.JSONField(default=list)
    due_at = models.DateTimeField(null=True, db_index=True)  # by the account's clock
    created_at = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField()


class MirroredClaim(models.Model):
    """An after-sale of the old family, in the state that the merchant reported (BEHAVIOUR 5.1)."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="mirrored")
    out_aftersale_id = models.CharField(max_length=200)
    path = models.TextField()
    type = models.IntegerField()
    status = models.IntegerField()
    refund = models.IntegerField()
    create_time = models.CharField(max_length=19)
    product_infos = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "out_aftersale_id"], name="sandbox_mirrored_claim"),
        ]
