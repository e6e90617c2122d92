from django.db import models


class Books(models.Model):
    """The merchant account's money in fen: what is not settled yet, and what can be withdrawn (BEHAVIOUR 7.3). One row.

    Flows are those of the whole account: a payment (+, pending), a refund (-), the fee at settlement (-), a withdrawal
    once the bank has it (-), what the bank gives back (+). Settling moves pending money to available and is no flow of
    its own. So pending + available is the balance of the last flow, always.
    """

    pending = models.BigIntegerField(default=0)
    available = models.BigIntegerField(default=0)


class Flow(models.Model):
    """One movement, in the terms of WeChat Pay's bills."""

    ORDER, ORDER_REFUND, FEE = "order", "order_refund", "fee"
    TRADE, TRADE_REFUND, TRADE_RETURN = "trade", "trade_refund", "trade_return"
    WITHDRAWAL, RETURN = "withdrawal", "return"
    WORDS = {
        ORDER: "交易",
        TRADE: "交易",
        ORDER_REFUND: "退款",
        TRADE_REFUND: "退款",
        TRADE_RETURN: "退款失败退回",
        FEE: "扣除交易手续费",
        WITHDRAWAL: "提现",
        RETURN: "提现退票",
    }

    funds_flow_id = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=20)
    request_no = models.CharField(max_length=200)
    amount = models.BigIntegerField()  # fen, with its sign
    balance = models.BigIntegerField()  # of the whole account, after it
    booked_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "request_no"], name="sandbox_flow_request")]


class Application(models.Model):
    """The application for the merchant account, and its state (BEHAVIOUR 7.1)."""

    CHECKING, TO_VERIFY, AUDITING, REJECTED = "CHECKING", "ACCOUNT_NEED_VERIFY", "AUDITING", "REJECTED"
    TO_SIGN, FINISHED, FROZEN = "NEED_SIGN", "FINISH", "FROZEN"
    STATES = {
        CHECKING: "资料校验中",
        TO_VERIFY: "待账户验证",
        AUDITING: "审核中",
        REJECTED: "已驳回",
        TO_SIGN: "待签约",
        FINISHED: "完成",
        FROZEN: "已冻结",
    }

    out_request_no = models.CharField(max_length=64, unique=True)
    applyment_id = models.BigIntegerField(unique=True)
    state = models.CharField(max_length=20, default=CHECKING)
    content = models.JSONField()
    audit_detail = models.JSONField(default=list)
    pay_amount = models.IntegerField(default=0)  # fen, of the small transfer
    transfer_until = models.DateTimeField(null=True)  # by the account's clock
    created_at = models.DateTimeField()

    @property
    def state_desc(self) -> str:
        return self.STATES[self.state]


class Withdrawal(models.Model):
    """A withdrawal to the bank (BEHAVIOUR 7.3). Until the bank accepts it, its amount is only reserved."""

    UNSCANNED, SCANNED = "BEFORE_SCAN_QRCODE", "AFTER_SCAN_QRCODE"
    STARTED, ACCEPTED = "INIT", "CREATE_SUCCESS"
    SUCCEEDED, FAILED, RETURNED, CLOSED = "SUCCESS", "FAIL", "REFUND", "CLOSE"
    HELD = (UNSCANNED, SCANNED, STARTED)
    RESULTS = {SUCCEEDED: 1, FAILED: 2, RETURNED: 3, CLOSED: 4}  # withdraw_notify's `event`: no number is documented

    out_request_no = models.CharField(max_length=64, unique=True)
    amount = models.BigIntegerField()
    remark = models.TextField(blank=True)
    bank_memo = models.TextField(blank=True)
    bank_name = models.CharField(max_length=100)
    bank_num = models.CharField(max_length=64)
    status = models.CharField(max_length=20, default=UNSCANNED, db_index=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    @property
    def yuan(self) -> str:
        return f"¥{self.amount // 100}.{self.amount % 100:02d}"


class Ticket(models.Model):
    """A QR code that the administrator is to scan, for a withdrawal or for something else."""

    UNSCANNED, CONFIRMED, CANCELLED, EXPIRED, SCANNED = range(5)
    WAITING = (UNSCANNED, SCANNED)
    STRANGER, ADMINISTRATOR, SUB_ADMINISTRATOR = range(3)

    qrcode_ticket = models.CharField(max_length=64, unique=True)
    withdrawal = models.OneToOneField(Withdrawal, models.CASCADE, null=True, related_name="ticket")
    status = models.IntegerField(default=UNSCANNED)
    scan_user_type = models.IntegerField(default=STRANGER)
    errcode = models.IntegerField(default=0)
    errmsg = models.TextField(blank=True)
    expires_at = models.DateTimeField(db_index=True)  # by the account's clock
    used = models.BooleanField(default=False)  # it has let one sensitive operation through


class Trade(models.Model):
    """A raw payment order (BEHAVIOUR 7.2). Its money is pending until it is shared, to the merchant itself."""

    UNPAID, PAID, CLOSED = "unpaid", "paid", "closed"

    trade_no = models.CharField(max_length=64, unique=True)
    combine_trade_no = models.CharField(max_length=64, blank=True, db_index=True)
    mchid = models.CharField(max_length=32)
    openid = models.CharField(max_length=40)
    amount = models.BigIntegerField()
    description = models.TextField(blank=True)
    status = models.CharField(max_length=10, default=UNPAID)
    transaction_id = models.CharField(max_length=64, blank=True, db_index=True)
    shared = models.BooleanField(default=False)
    expire_time = models.BigIntegerField(default=0)  # as the merchant says, in Unix seconds
    expire_at = models.DateTimeField(null=True)  # by the account's clock
    paid_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField()

    @property
    def yuan(self) -> str:
        return f"¥{self.amount // 100}.{self.amount % 100:02d}"

    @property
    def left(self) -> int:
        """The amount that is not refunded."""
        taken = [refund.amount for refund in self.refunds.all() if refund.result != TradeRefund.CLOSED]
        return self.amount - sum(taken)


class TradeRefund(models.Model):
    """A refund. The money leaves the account when it is accepted, and returns only if the refund closes."""

    PROCESSING, SUCCEEDED, CLOSED, ABNORMAL = "PROCESSING", "SUCCESS", "CLOSE", "ABNORMAL"
    OPEN = (PROCESSING, ABNORMAL)

    trade = models.ForeignKey(Trade, models.CASCADE, related_name="refunds")
    refund_no = models.CharField(max_length=64, unique=True)
    refund_id = models.CharField(max_length=64)
    amount = models.BigIntegerField()
    result = models.CharField(max_length=10, default=PROCESSING)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)


class Sharing(models.Model):
    PROCESSING, SUCCEEDED, CLOSED = "PROCESSING", "SUCCESS", "CLOSED"

    trade = models.ForeignKey(Trade, models.CASCADE, related_name="sharings")
    profit_sharing_no = models.CharField(max_length=64, unique=True)
    profit_sharing_id = models.CharField(max_length=64)
    amount = models.BigIntegerField()
    result = models.CharField(max_length=10, default=PROCESSING)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
