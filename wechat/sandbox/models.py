from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Rules that BEHAVIOUR only infers, and whether they hold unless switched; each is tested both ways.
SWITCHES = {
    "imported_needs_customs_form": (True, _("2.3: imported goods need the customs form")),
    "brand_audit_type_is_1": (True, _("2.4: a brand's result carries audit_type 1")),
    "old_items_are_invalid": (True, _("1.5: items 1 to 5 of finish_access_info are refused")),
    "finish_in_order": (True, _("1.5: item 10 after 6 to 9, item 11 after 10")),
    "all_six_finish_the_task": (True, _("1.4: open_product_task_finished follows from the six items")),
    "agreement_before_access": (True, _("1.3: applying waits for the administrator's signature")),
    "scene_group_wanted": (False, _("2.2: a category without scene_group_list is refused with 1040035")),
    "platform_id_wins": (True, _("0: where both ids come, the platform's own counts")),
    "approval_lists": (True, _("3.1: an approved product is on sale at once, unless the merchant took it off")),
    "delisted_stays_delisted": (True, _("3.3: approval leaves what the merchant took off sale off sale")),
    "handed_over_at_once": (True, _("3.2: a submitted product goes into review at once")),
    "price_changes_pass": (True, _("3.3: an update of price and stock alone is approved at once")),
    "listing_needs_delisted": (True, _("3.3: only what the merchant took off sale can be put back on")),
    "violations_stay": (True, _("3.3: what WeChat took off sale cannot be taken off or deleted by the merchant")),
    "product_limits": (True, _("3.4: title 3 to 60 characters, 1 to 9 pictures, 20 detail pictures, 500 SKUs")),
    "status_update_own_body": (True, _("3.2: the event of a system delisting has a body of its own name")),
    "images_must_be_ours": (True, _("3.5: pictures must have been uploaded here")),
    "all_channels_scenes": (True, _("4.1: 1175, 1184, 1191, 1193 and 1195 are verified scenes, as 1176 and 1177 are")),
    "fund_0_overwrites": (True, _("4.2: a fund_type 0 order sent again overwrites the first while unpaid")),
    "auto_confirm": (True, _("4.4: receipt confirms itself 10 days after shipping")),
    "part_shipped_is_21": (True, _("4.4: an order partly shipped is 21, not 20")),
    "listed_by_arrival": (True, _("4.5: get_list goes by when an order arrived here, not by its create_time")),
    "send_needs_payment": (True, _("4.6: nothing is shipped before payment")),
    "parcels_hold_what_was_ordered": (True, _("4.6: parcels hold no more pieces than were ordered and not refunded")),
    "no_delivery_needs_other_scene": (True, _("14.23: fund_type 1 without delivery is refused in verified scenes")),
    "fund_1_not_mirrored": (True, _("5.1: aftersale/add answers 0 for a fund_type 1 order and keeps nothing")),
    "refunds_arrive_at_once": (True, _("5.3: what is agreed is refunded at once, not only when somebody presses")),
    "offline_refund_overdue": (True, _("5.3: a merchant who does not pay offline within 48 hours is overdue (12)")),
    "claims_hold_what_is_left": (True, _("5.4: a claim covers no more pieces than were ordered and not refunded")),
    "claim_pages_hold_100": (True, _("13: a page of claims or disputes holds 100 at most")),
    "modified_return_stuck": (False, _("14.18: what came back already cannot be agreed to once the buyer changed it")),
    "proof_overdue": (True, _("9: a merchant asked for proof has 3 days for it, then state 307")),
}


class Account(models.Model):
    """The one mini program this platform knows."""

    appid = models.CharField(max_length=64, unique=True)
    secret = models.CharField(max_length=64)
    token = models.CharField(max_length=32)
    aes_key = models.CharField(max_length=43)
    mode = models.CharField(
        max_length=10,
        default="safe",
        choices=[("safe", _("safe")), ("compatible", _("compatible")), ("plaintext", _("plaintext"))],
    )
    format = models.CharField(max_length=4, default="xml", choices=[("xml", "XML"), ("json", "JSON")])
    retries = models.PositiveSmallIntegerField(default=3)  # after the first try; BEHAVIOUR 10.4
    ip_allowed = models.BooleanField(default=True)
    rate = models.PositiveIntegerField(default=800)  # calls to one endpoint in 30 s
    clock = models.IntegerField(default=0)  # seconds that deadlines run ahead; stamps never move
    access = models.CharField(max_length=20, default="open")  # closed, pending_agreement, open, banned
    agreement_until = models.DateTimeField(null=True)
    observed = models.JSONField(default=dict)  # the *_success bits
    declared = models.JSONField(default=list)  # items 6 to 11
    scenes = models.JSONField(default=dict)  # group id: {status, reason, ext}
    info = models.JSONField(default=dict)
    filed = models.JSONField(default=dict)  # what the mini program once filed, by req_type
    switches = models.JSONField(default=dict)
    product_submissions = models.PositiveIntegerField(default=20)  # of one product in an hour; 3.4 gives no number
    push_to_review_fails = models.BooleanField(default=False)  # 1000017
    claim_changes = models.PositiveIntegerField(
        default=10
    )  # claims and changes of one sku (2747016); 5.4 has no number
    claim_tests = models.JSONField(default=list)  # when merchanttest was used, in Unix seconds, of late
    busy_orders = models.PositiveIntegerField(default=0)  # so many writes of claims meet another one (2747026)
    failing_refunds = models.PositiveIntegerField(default=0)  # so many refunds fail for want of balance
    next_brand_id = models.BigIntegerField(default=10001)

    @classmethod
    def only(cls) -> "Account":
        """The account, made from the console's settings on first use."""
        known = {
            "secret": settings.WECHAT_SECRET,
            "token": settings.WECHAT_TOKEN,
            "aes_key": settings.WECHAT_AES_KEY,
            "info": {"service_agent_type": [0]},
        }
        account, created = cls.objects.get_or_create(appid=settings.WECHAT_APPID, defaults=known)
        if created:
            from .seed import fill

            fill(account)
        return account

    def on(self, switch: str) -> bool:
        return self.switches.get(switch, SWITCHES[switch][0])

    def now(self):
        """What time it is for deadlines."""
        return timezone.now() + timedelta(seconds=self.clock)


class Token(models.Model):
    value = models.CharField(max_length=512, unique=True)
    kind = models.CharField(max_length=6)  # stable or plain
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    forced = models.BooleanField(default=False)


class Category(models.Model):
    third_cat_id = models.IntegerField(unique=True)
    third_cat_name = models.CharField(max_length=100)
    second_cat_id = models.IntegerField()
    second_cat_name = models.CharField(max_length=100)
    first_cat_id = models.IntegerField()
    first_cat_name = models.CharField(max_length=100)
    qualification = models.TextField(blank=True)
    qualification_type = models.IntegerField(default=0)
    product_qualification = models.TextField(blank=True)
    product_qualification_type = models.IntegerField(default=0)
    granted = models.BooleanField(default=False)


class Brand(models.Model):
    brand_id = models.BigIntegerField(unique=True)
    brand_wording = models.CharField(max_length=200)


class Picture(models.Model):
    link = models.CharField(max_length=300, blank=True, db_index=True)
    media_id = models.CharField(max_length=200, blank=True, db_index=True)
    pay_media_id = models.CharField(max_length=200, blank=True, db_index=True)
    size = models.IntegerField()


class Audit(models.Model):
    CATEGORY, BRAND = "category", "brand"

    audit_id = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=10)
    request = models.JSONField()
    status = models.IntegerField(default=0)
    brand_id = models.BigIntegerField(default=0)
    reject_reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def title(self) -> str:
        if self.kind == self.BRAND:
            return self.request["brand_info"]["brand_wording"]
        level3 = self.request["category_info"]["level3"]
        found = Category.objects.filter(third_cat_id=level3).first()
        return f"{found.first_cat_name} › {found.second_cat_name} › {found.third_cat_name}" if found else str(level3)


class Product(models.Model):
    """Both copies of a product, and where each stands (3.1, 3.2)."""

    EDITING, IN_REVIEW, REJECTED, APPROVED = 1, 2, 3, 4
    NEVER, LISTED, DELISTED, VIOLATION = 0, 5, 11, 13

    product_id = models.BigIntegerField(primary_key=True)
    out_product_id = models.CharField(max_length=200, unique=True)
    draft = models.JSONField()
    online = models.JSONField(null=True)
    edit_status = models.IntegerField(default=EDITING, db_index=True)
    status = models.IntegerField(default=NEVER, db_index=True)
    audit = models.JSONField(default=dict)  # audit_info
    submitted = models.JSONField(default=list)  # when, in Unix seconds, of late
    deleted = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()


class Order(models.Model):
    """An order where it stands (4.4), with the request that made it."""

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
    frozen = models.BooleanField(default=False)  # 4.3: the price stands, payment parameters were given
    expire_at = models.DateTimeField(null=True)  # by the account's clock, as shipped_at
    transaction_id = models.CharField(max_length=64, blank=True)
    paid_at = models.DateTimeField(null=True)
    parcels = models.JSONField(default=list)
    shipped_at = models.DateTimeField(null=True)  # the whole of it
    finished_at = models.DateTimeField(null=True)  # by the account's clock, as claims_until
    claims_until = models.DateTimeField(null=True)  # where update_deadline moved it
    refunded = models.JSONField(default=dict)  # out_sku_id: pieces
    promotion = models.JSONField(default=dict)
    promoter_id = models.CharField(max_length=100, blank=True)
    promoter_openid = models.CharField(max_length=100, blank=True)
    sharer = models.JSONField(default=dict)
    sharer_openid = models.CharField(max_length=100, blank=True)
    settled = models.BooleanField(default=False)
    create_time = models.DateTimeField(db_index=True)  # as the merchant says
    created_at = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["status", "expire_at"], name="sandbox_order_expiry"),
            models.Index(fields=["status", "shipped_at"], name="sandbox_order_receipt"),
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
        """Where the after-sale window ends, once that is known (5.4)."""
        days = min(self.content.get("aftersale_duration") or 7, 3650)
        return self.claims_until or (self.finished_at + timedelta(days=days) if self.finished_at else None)


class Claim(models.Model):
    """An after-sale of the new family where it stands (5.2)."""

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
    """A buyer's call for the platform (9). The states are those of the sibling product."""

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
    """An after-sale of the old family, as the merchant says it stands (5.1)."""

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


class Push(models.Model):
    QUEUED, DELIVERED, LOST = "queued", "delivered", "lost"
    STATES = [(QUEUED, _("on its way")), (DELIVERED, _("delivered")), (LOST, _("lost"))]

    event = models.CharField(max_length=100)
    fields = models.JSONField()
    state = models.CharField(max_length=10, default=QUEUED, choices=STATES)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    answer = models.TextField(blank=True)


class Fault(models.Model):
    """Something that goes wrong for the next `left` calls to an endpoint, or pushes of an event ("" is any)."""

    KINDS = [
        ("timeout_before", _("time-out, before acting")),
        ("timeout_after", _("time-out, after acting")),
        ("reset_after", _("connection reset, after acting")),
        ("error", _("errcode, without acting")),
        ("error_after", _("errcode, after acting")),
        ("garbage", _("an answer that is not JSON, after acting")),
        ("slow", _("a slow answer")),
        ("push_lost", _("push: lost")),
        ("push_late", _("push: late")),
        ("push_twice", _("push: twice")),
        ("push_swapped", _("push: after the next one")),
    ]
    kind = models.CharField(max_length=20, choices=KINDS)
    target = models.CharField(max_length=100, blank=True)
    errcode = models.IntegerField(default=-1)
    seconds = models.IntegerField(default=15)
    left = models.IntegerField(default=1)


class Entry(models.Model):
    """The ledger: every call that reached the platform, whether it acted, and what it answered."""

    endpoint = models.CharField(max_length=100)
    request = models.JSONField()
    answer = models.JSONField()
    acted = models.BooleanField(default=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["endpoint", "at"], name="entry_rate")]
