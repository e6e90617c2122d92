from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Rules that BEHAVIOUR only infers, and whether they hold unless switched; each is tested both ways.
SWITCHES = {
    "verification_needs_release": (True, _("1.5: verified are only scenes of code released after the access")),
    "scene_groups_always_listed": (True, _("1.4: groups nobody applied for are listed as not reviewed (3)")),
    "reviewed_scenes_stay": (True, _("1.6: a group in review or passed cannot be applied for again")),
    "promoters_need_scene": (True, _("1.2: promoters can bind themselves only once scene group 1 has passed")),
    "sharer_pages_hold_100": (True, _("6: a page of sharers holds 100 at most")),
    "too_often_may_be_retried": (True, _("6.1: an invitation too often (204) comes as 1 (retry), not 2 (final)")),
    "invitations_expire": (True, _("6.1: an invitation nobody answers expires after 7 days")),
    "unbound_is_2": (True, _("6.1: search_sharer says 2 of one who was unbound, as the event does")),
    "imported_needs_customs_form": (True, _("2.3: imported goods need the customs form")),
    "brand_audit_type_is_1": (True, _("2.4: a brand's result carries audit_type 1")),
    "old_items_are_invalid": (True, _("1.5: items 1 to 5 of finish_access_info are refused")),
    "finish_in_order": (True, _("1.5: item 10 after 6 to 9, item 11 after 10")),
    "newer_tasks_only": (False, _("1.4: register/check names ec_order and ec_after_sale in place of the older two")),
    "all_six_finish_the_task": (True, _("1.4: open_product_task_finished follows from the six items")),
    "numbers_as_text": (False, _("0: numbers that the platform's samples also show as text are all text")),
    "text_as_numbers": (False, _("0: numbers that the platform's samples show as text are all numbers")),
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
    "refunds_free_unshipped": (True, _("4.6: pieces that were refunded while in no parcel need none")),
    "parcels_hold_what_was_ordered": (True, _("4.6: parcels hold no more pieces than were ordered and not refunded")),
    "no_delivery_needs_other_scene": (True, _("14.23: fund_type 1 without delivery is refused in verified scenes")),
    "fund_1_not_mirrored": (True, _("5.1: aftersale/add answers 0 for a fund_type 1 order and keeps nothing")),
    "refunds_arrive_at_once": (True, _("5.3: an agreed refund is paid at once, not only by a button")),
    "offline_refund_overdue": (True, _("5.3: a merchant who does not pay offline within 48 hours is overdue (12)")),
    "claims_hold_what_is_left": (
        True,
        _("5.4: an after-sale covers at most the pieces ordered and not refunded"),
    ),
    "claim_pages_hold_100": (True, _("13: a page of after-sales or disputes holds 100 at most")),
    "modified_return_stuck": (False, _("14.18: what came back already cannot be agreed to once the buyer changed it")),
    "proof_overdue": (True, _("9: a merchant asked for proof has 3 days for it, then state 307")),
    "one_application_at_a_time": (True, _("7.1: a merchant account is applied for once, and again after a rejection")),
    "small_transfer_has_deadline": (
        True,
        _("7.1: a small transfer that does not come in time rejects the application"),
    ),
    "funds_need_merchant": (True, _("7.3: without a merchant account funds/* answers 47001, data format error")),
    "settles_by_itself": (True, _("7.1: an order settles by itself 7 days after its after-sale window")),
    "settlement_waits_for_claims": (True, _("7.2: an order does not settle while one of its after-sales is open")),
    "refund_no_is_idempotent": (True, _("7.2: the same refund_no again is the same refund, not an error")),
    "shared_once": (True, _("7.2: what was shared is not shared again under another number")),
    "tickets_live_5_minutes": (True, _("7.3: a QR ticket lives for 5 minutes")),
    "expired_tickets_close_withdrawals": (True, _("7.3: an expired QR ticket closes the withdrawal it stands for")),
    "only_administrators_confirm": (True, _("7.3: only the administrator confirms what was scanned")),
    "bank_account_needs_scan": (
        True,
        _("7.3: a bank account is set only once the administrator has confirmed a QR ticket for it"),
    ),
    "withdrawals_accepted_at_once": (True, _("7.3: a confirmed withdrawal is accepted at once, not only by a button")),
    "flows_in_yuan_text": (False, _("7.3: amounts of a flow are text, not numbers; yuan either way")),
    "coupons_need_confirm": (True, _("8: before coupon/confirm the other coupon calls are refused")),
    "coupon_answers_sealed": (True, _("8: in safe mode the answer to a coupon's event is encrypted")),
    "coupon_terms_fit_type": (True, _("8: a coupon brings the terms that its type needs")),
    "user_coupons_only_once": (True, _("8: a used or expired user coupon stays so")),
}
# BEHAVIOUR 10.1: how events are pushed
MODES = [("safe", _("safe")), ("compatible", _("compatible")), ("plaintext", _("plaintext"))]
FORMATS = [("xml", "XML"), ("json", "JSON")]


class Account(models.Model):
    """The one mini program of this platform, with its settings."""

    appid = models.CharField(max_length=64, unique=True)
    secret = models.CharField(max_length=64)
    token = models.CharField(max_length=32)
    aes_key = models.CharField(max_length=43)
    mode = models.CharField(max_length=10, default="safe", choices=MODES)
    format = models.CharField(max_length=4, default="xml", choices=FORMATS)
    retries = models.PositiveSmallIntegerField(default=3)  # after the first try; BEHAVIOUR 10.4
    ip_allowed = models.BooleanField(default=True)
    rate = models.PositiveIntegerField(default=800)  # calls to one endpoint in 30 s
    clock = models.IntegerField(default=0)  # seconds that deadlines run ahead; stamps never move
    access = models.CharField(max_length=20, default="open")  # closed, pending_agreement, open, banned
    agreement_until = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)  # empty where access was open from the beginning
    released_at = models.DateTimeField(null=True)  # when the mini program last went live
    standard = models.CharField(max_length=10, default="off")  # of the standard version: off, task or finished
    observed = models.JSONField(default=dict)  # the *_success bits
    declared = models.JSONField(default=list)  # items 6 to 11
    scenes = models.JSONField(default=dict)  # group id: {status, reason, ext}
    info = models.JSONField(default=dict)
    filed = models.JSONField(default=dict)  # certificates of the mini program, by req_type
    switches = models.JSONField(default=dict)
    # Submissions of one product in an hour; BEHAVIOUR 3.4 gives no number.
    product_submissions = models.PositiveIntegerField(default=20)
    push_to_review_fails = models.BooleanField(default=False)  # 1000017
    # Claims and changes of one sku (2747016); BEHAVIOUR 5.4 has no number.
    claim_changes = models.PositiveIntegerField(default=10)
    claim_tests = models.JSONField(default=list)  # when merchanttest was used, in Unix seconds, recently
    busy_orders = models.PositiveIntegerField(default=0)  # how many writes of claims are refused (2747026)
    busy_invitations = models.PositiveIntegerField(default=0)  # how many invitations are refused (100)
    share_mode = models.IntegerField(default=0)
    failing_refunds = models.PositiveIntegerField(default=0)  # how many refunds fail because the balance is too low
    merchant = models.CharField(max_length=10, default="open")  # closed, open, frozen
    mchid = models.CharField(max_length=32, default="1600000001")  # of the merchant account
    bank_account = models.JSONField(default=dict)  # where withdrawals go to
    store_url = models.CharField(max_length=500, blank=True)  # of a shop beside the mini program, told by wxpay/get
    coupon_url = models.CharField(max_length=500, blank=True)  # BEHAVIOUR 8: the address confirmed last
    next_brand_id = models.BigIntegerField(default=10001)

    @classmethod
    def only(cls) -> "Account":
        """The account, made from the console's settings on first use; `seed` fills what is new."""
        known = {
            "secret": settings.WECHAT_SECRET,
            "token": settings.WECHAT_TOKEN,
            "aes_key": settings.WECHAT_AES_KEY,
            "info": {"service_agent_type": [0]},
            "access": settings.SANDBOX_ACCESS,
            "merchant": settings.SANDBOX_MERCHANT,
        }
        account, _created = cls.objects.get_or_create(appid=settings.WECHAT_APPID, defaults=known)
        return account

    def on(self, switch: str) -> bool:
        return self.switches.get(switch, SWITCHES[switch][0])

    def now(self) -> datetime:
        """The present time of the account's clock, used for deadlines."""
        return timezone.now() + timedelta(seconds=self.clock)


class Token(models.Model):
    value = models.CharField(max_length=512, unique=True)
    kind = models.CharField(max_length=6)  # stable or plain
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    forced = models.BooleanField(default=False)
