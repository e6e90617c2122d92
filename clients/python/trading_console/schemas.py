"""What the API takes and answers. Written by `make client` from the API's document: a change here is lost.

A name that ends in `Input` is what is sent where that differs from what is answered.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

File = tuple[str, bytes]  # the name and the content


class AcceptedReturn(TypedDict):
    """Where the buyer sends the goods; without it, the return address of the service settings."""

    return_address: NotRequired[ReturnAddress]


class Access(TypedDict):
    # 2 accessed, 3 banned.
    status: int | None
    state: str
    read_at: str | None
    info: dict[str, bool]
    completed: int
    steps: list[BoardStep]


class AccountInfo(TypedDict):
    """The return address names a person: it is left out for callers that may not change it."""

    # Must be on: without it WeChat refuses every product (1040042).
    official_service: NotRequired[bool]
    # A page of the mini program, such as pages/service/index. Leave empty if there is none.
    service_agent_path: NotRequired[str]
    # Shown to buyers, with area code: 020-888888.
    service_agent_phone: NotRequired[str]
    # Who takes returned goods in.
    receiver_name: NotRequired[str]
    tel_number: NotRequired[str]
    country: NotRequired[str]
    province: NotRequired[str]
    city: NotRequired[str]
    town: NotRequired[str]
    # Where buyers send goods back when nothing else was agreed.
    detailed_address: NotRequired[str]
    # Customer service as WeChat has it, as last read or sent.
    platform: Any
    read_at: str | None


# reopened: opened again
ActEnum = Literal["closed", "reopened"]


# 1: paid; 2: failed; 3: cancelled by the buyer; 4: not paid in time; 5: cancelled by the merchant; 10: other
ActionTypeEnum = Literal[1, 2, 3, 4, 5, 10]


class Address(TypedDict):
    receiver_name: str
    tel_number: str
    country: NotRequired[str]
    province: NotRequired[str]
    city: NotRequired[str]
    town: NotRequired[str]
    detailed_address: str


class Aftersale(TypedDict):
    """An after-sale. `family` 1: WeChat keeps its state; 0: you do. `status` numbers from 15 on differ by family."""

    id: int
    out_aftersale_id: str | None
    aftersale_id: str | None
    out_order_id: str
    out_product_id: str | None
    out_sku_id: str | None
    family: ClaimFamilyEnum
    type: ClaimKindEnum
    status: int | None
    state: str
    product_cnt: int
    orderamt: int
    refund_reason_type: int
    refund_reason: str
    return_info: dict[str, Any]
    # where the buyer sends the goods: the merchant's own
    return_address: dict[str, Any]
    refusal: Any
    reject_reason: str
    opened_at: str | None
    moved_at: str | None
    deadline_at: str | None
    versions: list[Version]


class Again(TypedDict):
    position: int


class Alert(TypedDict):
    id: int
    kind: str
    title: str
    text: str
    values: Any
    url: str
    state: AlertStateEnum
    opened_at: str
    acknowledged_at: str | None
    ended_at: str | None


# open: Open; acknowledged: Acknowledged; ended: Over
AlertStateEnum = Literal["open", "acknowledged", "ended"]


class Answer(TypedDict):
    # What was answered.
    answer: NotRequired[str]


class Asked(TypedDict):
    # Products whose price cuts now wait for a second person.
    asked: int
    said: list[str]


class Attribute(TypedDict):
    attr_key: str
    attr_value: str


class Balance(TypedDict):
    # fen
    available: int | None
    # fen, not settled yet
    pending: int | None
    read_at: str | None


class Batch(TypedDict):
    """An import. Send `sheet` (XLSX or CSV) and, if it names files, `pictures` (a zip).

    `mends`: the earlier import whose bad rows these are, mended; its pictures are found again.
    """

    id: int
    # The import whose rows are mended.
    mends: NotRequired[int | None]
    name: str
    kind: BatchKindEnum
    state: BatchStateEnum
    paused: bool
    total: int
    good: int
    bad: int
    created: int
    updated: int
    unchanged: int
    unknown: Any
    warned: int
    warnings: Any
    message: str
    # What was done to the pictures.
    picture_notes: list[str]
    # The first hundred rows that were not taken.
    rows: list[BatchRow]
    created_at: str
    finished_at: str | None


class BatchInput(TypedDict):
    """An import. Send `sheet` (XLSX or CSV) and, if it names files, `pictures` (a zip).

    `mends`: the earlier import whose bad rows these are, mended; its pictures are found again.
    """

    sheet: File
    pictures: NotRequired[File | None]
    # The import whose rows are mended.
    mends: NotRequired[int | None]


# products: Products; prices: Prices and stock
BatchKindEnum = Literal["products", "prices"]


class BatchRow(TypedDict):
    number: int
    errors: NotRequired[Any]


# checking: Being checked; checked: Checked; importing: Being imported; imported: Imported; undoing: Being
# undone; undone: Undone; failed: Failed
BatchStateEnum = Literal["checking", "checked", "importing", "imported", "undoing", "undone", "failed"]


BlankEnum = Literal[""]


class BoardProblem(TypedDict):
    code: str
    text: str


class BoardProduct(TypedDict):
    id: int
    title: str
    state: str
    skus: list[BoardSKU]
    problems: list[BoardProblem]


class BoardReview(TypedDict):
    title: str
    since: str
    # By the usual time of a review.
    expected: str | None


class BoardSKU(TypedDict):
    out_sku_id: str
    sold: int
    unpaid: int
    refunded: int
    left: int
    # Kept back for the shop.
    shop: int
    # fen
    price: int


class BoardStep(TypedDict):
    """One of the 17 steps of the access."""

    number: int
    # As WeChat's guide counts, such as 2.1a.
    guide_number: str
    title: str
    # The part of the guide, 1 to 4.
    part: int
    part_title: str
    state: BoardStepStateEnum
    evidence: str
    whose: str
    # WeChat's own words, where it refused.
    reason: str
    errcode: NotRequired[int | None]
    # Days it has been waiting.
    days: int | None
    # `*_success`: WeChat has seen it.
    seen: bool | None
    # `*_finished`: declared by us.
    declared: bool | None
    # The name of the operation that does the step; "" where none is possible now.
    operation: str
    # Why the operation is not possible now.
    missing: list[str]


# not-started: Not begun; waiting: With WeChat; ready: Waits for us; completed: Completed; failed: Rejected
BoardStepStateEnum = Literal["not-started", "waiting", "ready", "completed", "failed"]


class Brand(TypedDict):
    brand_id: str
    brand_wording: str
    gone: NotRequired[bool]


# 1: Domestic, registered (R); 2: Domestic, applied for (TM); 3: Overseas, registered (R); 4: Overseas,
# applied for (TM)
BrandAuditTypeEnum = Literal[1, 2, 3, 4]


# 1: Own brand; 2: Agent of the brand; 3: No brand
BrandManagementTypeEnum = Literal[1, 2, 3]


class BrandQualification(TypedDict):
    """An application in review cannot be changed: 400 until the review is decided."""

    id: int
    state: str
    rounds: list[BrandRound]
    brand_id: str | None
    created_at: str
    changed_at: str
    # Exactly as on the trademark certificate.
    brand_wording: str
    # ® on the certificate is registered; an acceptance notice alone is TM. * `1` - Domestic, registered (R) *
    # `2` - Domestic, applied for (TM) * `3` - Overseas, registered (R) * `4` - Overseas, applied for (TM)
    brand_audit_type: NotRequired[BrandAuditTypeEnum]
    # The international class on the certificate, 1 to 45; food is 29 or 30, cosmetics 3, clothes 25. * `1` -
    # 1 * `2` - 2 * `3` - 3 * `4` - 4 * `5` - 5 * `6` - 6 * `7` - 7 * `8` - 8 * `9` - 9 * `10` - 10 * `11` -
    # 11 * `12` - 12 * `13` - 13 * `14` - 14 * `15` - 15 * `16` - 16 * `17` - 17 * `18` - 18 * `19` - 19 *
    # `20` - 20 * `21` - 21 * `22` - 22 * `23` - 23 * `24` - 24 * `25` - 25 * `26` - 26 * `27` - 27 * `28` -
    # 28 * `29` - 29 * `30` - 30 * `31` - 31 * `32` - 32 * `33` - 33 * `34` - 34 * `35` - 35 * `36` - 36 *
    # `37` - 37 * `38` - 38 * `39` - 39 * `40` - 40 * `41` - 41 * `42` - 42 * `43` - 43 * `44` - 44 * `45` -
    # 45
    trademark_type: TrademarkTypeEnum
    # An agent needs a sales authorisation. * `1` - Own brand * `2` - Agent of the brand * `3` - No brand
    brand_management_type: NotRequired[BrandManagementTypeEnum]
    # Imported goods need a customs form. * `1` - Imported goods * `2` - Not imported
    commodity_origin_type: NotRequired[CommodityOriginTypeEnum]
    # Digits as on the certificate.
    trademark_registrant_nu: NotRequired[str]
    trademark_registrant: NotRequired[str]
    # The last day on the certificate.
    trademark_authorization_period: NotRequired[str | None]
    trademark_applicant: NotRequired[str]
    trademark_application_time: NotRequired[str | None]
    # The whole page, readable, not cropped.
    license: NotRequired[list[int]]
    # For agents: the whole chain. If the trademark's holder is a person, add both sides of the identity card,
    # signed.
    sale_authorization: NotRequired[list[int]]
    # For registered trademarks.
    trademark_registration_certificate: NotRequired[list[int]]
    # If name, address or holder were changed.
    trademark_change_certificate: NotRequired[list[int]]
    # For trademarks applied for (TM).
    trademark_registration_application: NotRequired[list[int]]
    # For imported goods.
    imported_goods_form: NotRequired[list[int]]


class BrandQualificationInput(TypedDict):
    """An application in review cannot be changed: 400 until the review is decided."""

    # Exactly as on the trademark certificate.
    brand_wording: str
    # ® on the certificate is registered; an acceptance notice alone is TM. * `1` - Domestic, registered (R) *
    # `2` - Domestic, applied for (TM) * `3` - Overseas, registered (R) * `4` - Overseas, applied for (TM)
    brand_audit_type: NotRequired[BrandAuditTypeEnum]
    # The international class on the certificate, 1 to 45; food is 29 or 30, cosmetics 3, clothes 25. * `1` -
    # 1 * `2` - 2 * `3` - 3 * `4` - 4 * `5` - 5 * `6` - 6 * `7` - 7 * `8` - 8 * `9` - 9 * `10` - 10 * `11` -
    # 11 * `12` - 12 * `13` - 13 * `14` - 14 * `15` - 15 * `16` - 16 * `17` - 17 * `18` - 18 * `19` - 19 *
    # `20` - 20 * `21` - 21 * `22` - 22 * `23` - 23 * `24` - 24 * `25` - 25 * `26` - 26 * `27` - 27 * `28` -
    # 28 * `29` - 29 * `30` - 30 * `31` - 31 * `32` - 32 * `33` - 33 * `34` - 34 * `35` - 35 * `36` - 36 *
    # `37` - 37 * `38` - 38 * `39` - 39 * `40` - 40 * `41` - 41 * `42` - 42 * `43` - 43 * `44` - 44 * `45` -
    # 45
    trademark_type: TrademarkTypeEnum
    # An agent needs a sales authorisation. * `1` - Own brand * `2` - Agent of the brand * `3` - No brand
    brand_management_type: NotRequired[BrandManagementTypeEnum]
    # Imported goods need a customs form. * `1` - Imported goods * `2` - Not imported
    commodity_origin_type: NotRequired[CommodityOriginTypeEnum]
    # Digits as on the certificate.
    trademark_registrant_nu: NotRequired[str]
    trademark_registrant: NotRequired[str]
    # The last day on the certificate.
    trademark_authorization_period: NotRequired[str | None]
    trademark_applicant: NotRequired[str]
    trademark_application_time: NotRequired[str | None]
    # The whole page, readable, not cropped.
    license: NotRequired[list[int]]
    # For agents: the whole chain. If the trademark's holder is a person, add both sides of the identity card,
    # signed.
    sale_authorization: NotRequired[list[int]]
    # For registered trademarks.
    trademark_registration_certificate: NotRequired[list[int]]
    # If name, address or holder were changed.
    trademark_change_certificate: NotRequired[list[int]]
    # For trademarks applied for (TM).
    trademark_registration_application: NotRequired[list[int]]
    # For imported goods.
    imported_goods_form: NotRequired[list[int]]


class BrandRound(TypedDict):
    audit_id: str
    status: NotRequired[int]
    reject_reason: NotRequired[str]
    submitted_at: str
    decided_at: NotRequired[str | None]
    brand_id: str | None


class BrandRoundInput(TypedDict):
    audit_id: str
    status: NotRequired[int]
    reject_reason: NotRequired[str]
    decided_at: NotRequired[str | None]


class BulkRequest(TypedDict):
    """Exactly one of `ids` and `filter`; `confirm` is how many records the caller means."""

    # such as delist_spu
    operation: str
    ids: NotRequired[list[str]]
    # as the parameters of the list
    filter: NotRequired[dict[str, str]]
    confirm: int


class Category(TypedDict):
    third_cat_id: int
    third_cat_name: str
    second_cat_id: int
    second_cat_name: str
    first_cat_id: int
    first_cat_name: str
    qualification: NotRequired[str]
    qualification_type: NotRequired[int]
    product_qualification: NotRequired[str]
    product_qualification_type: NotRequired[int]
    granted: NotRequired[bool]
    granted_at: str | None
    gone: NotRequired[bool]


class CategoryQualification(TypedDict):
    """An application in review cannot be changed: 400 until the review is decided."""

    id: int
    third_cat_id: int
    # The whole page, readable, not cropped.
    license: NotRequired[list[int]]
    # What this category asks for; it is written beside the category.
    certificate: NotRequired[list[int]]
    state: str
    rounds: list[CategoryRound]
    created_at: str
    changed_at: str


class CategoryQualificationInput(TypedDict):
    """An application in review cannot be changed: 400 until the review is decided."""

    third_cat_id: int
    # The whole page, readable, not cropped.
    license: NotRequired[list[int]]
    # What this category asks for; it is written beside the category.
    certificate: NotRequired[list[int]]


class CategoryRound(TypedDict):
    audit_id: str
    status: NotRequired[int]
    reject_reason: NotRequired[str]
    submitted_at: str
    decided_at: NotRequired[str | None]


class CategoryRoundInput(TypedDict):
    audit_id: str
    status: NotRequired[int]
    reject_reason: NotRequired[str]
    decided_at: NotRequired[str | None]


# 0: Kept by us; 1: Kept by WeChat
ClaimFamilyEnum = Literal[0, 1]


# 1: Refund only; 2: Return and refund; 3: Exchange
ClaimKindEnum = Literal[1, 2, 3]


class Close(TypedDict):
    """A day; of a closed one the figures are those of its close."""

    id: int
    day: str
    state: CloseStateEnum
    checked_at: str | None
    open_count: int
    closed_at: str | None
    closed_by: str | None
    figures: CloseFigures | None


class CloseFigures(TypedDict):
    """In fen."""

    lines: list[CloseLine]
    # The sum of the movements that this day counts.
    net: int
    # Payments less refunds and fees.
    to_settle: int
    settled: int
    released: int
    # Movements of closed days that were listed after their close.
    late_count: int
    late: int
    opening: int | None
    closing: int | None
    # Other than 0: movements are missing.
    gap: int
    # The balance as it was read, where it is of this day's end.
    at_wechat: int | None


class CloseLine(TypedDict):
    """One kind of money on a day, in fen: our records, WeChat's movements, and what lies between."""

    kind: str
    ours_count: int
    # fen
    ours: int
    moved_count: int
    # fen
    moved: int
    # fen: moved less ours
    difference: int
    # fen of it that rows name
    rows: int
    # fen of it whose other side is of another day
    other_days: int


class CloseRow(TypedDict):
    """Something that does not add up; amounts in fen."""

    id: int
    # The day that cannot be closed before it is explained.
    day: str
    problem: ProblemEnum
    # As of movements; empty of movements missing in the balance.
    kind: str
    # The day of the record or movement.
    on: str
    amount: int
    expected: int | None
    moved: int | None
    record: str
    movement: NotRequired[str | None]
    # The likely other side; empty where there is none.
    partner: str
    partner_why: PartnerWhyEnum
    state: CloseRowStateEnum
    is_linked: bool
    reason: str
    decided_by: NotRequired[str | None]
    decided_at: str | None
    found_at: str
    healed_at: str | None


# open: Unexplained; later: Expected later; accepted: Explained; healed: Solved by itself
CloseRowStateEnum = Literal["open", "later", "accepted", "healed"]


# open: Open; closed: Closed
CloseStateEnum = Literal["open", "closed"]


class Closing(TypedDict):
    act: ActEnum
    at: str
    by: str
    reason: NotRequired[str]
    figures: CloseFigures | None


class Commission(TypedDict):
    """A row of a statement; amounts in fen."""

    id: int
    out_order_id: str
    out_product_id: str
    out_sku_id: str
    order_paid_at: str
    # Else it is what later returns take back.
    is_sale: bool
    # fen, paid for all pieces of the line
    base: int
    # fen, of it taken off by earlier rows
    returned_before: int
    # fen, of it came back until this row was made
    returned: int
    # Basis points.
    bps: int
    # fen, below 0 for returns
    commission: int


# 1: Imported goods; 2: Not imported
CommodityOriginTypeEnum = Literal[1, 2]


class Compare(TypedDict):
    # Only this; else all that you may see. * `sharers` - sharers * `aftersales` - aftersales * `refunds` -
    # refunds * `orders` - orders * `payments` - payments * `parcels` - parcels * `withdrawals` - withdrawals
    # * `movements` - movements * `products` - products * `stock` - stock * `coupons` - coupons
    kind: NotRequired[CompareKindEnum]
    day: NotRequired[str]
    # Such as 2026-11, in place of a day.
    month: NotRequired[str]


CompareKindEnum = Literal[
    "sharers",
    "aftersales",
    "refunds",
    "orders",
    "payments",
    "parcels",
    "withdrawals",
    "movements",
    "products",
    "stock",
    "coupons",
]


class Complaint(TypedDict):
    """A complaint, or a later state of it: each is a message of its own. Nothing at WeChat takes an answer."""

    id: int
    complaint_order_id: str
    option_type: str
    type: str
    status: str
    openid: str
    content: str
    state: str
    received_at: str
    due_at: str | None
    answered_at: str | None
    answer: str


class Confirm(TypedDict):
    # Do it although the console would ask a person first: 409 says what about.
    confirm: NotRequired[bool]


class Content(TypedDict):
    """What an after-sale asks for; amounts in fen."""

    type: ClaimKindEnum
    # fen
    orderamt: int
    refund_reason_type: NotRequired[int]
    refund_reason: NotRequired[str]
    media_list: NotRequired[list[Media]]


class Coupon(TypedDict):
    """Amounts in fen. `left` and `given` are our own count, `issued_num` (left) and `receive_num` WeChat's."""

    # Your own number for it, for ever: it cannot be changed once WeChat has the coupon.
    out_coupon_id: NotRequired[str]
    type: NotRequired[CouponTypeEnum]
    # 4 is a live room in Channels; WeChat documents no other.
    promote_type: NotRequired[int]
    # The nickname of the account it is given out in.
    finder_nickname: NotRequired[str]
    # What the buyer reads.
    name: str
    # 1000 to 10000: 5100 means that the buyer pays 51 %.
    discount_num: NotRequired[int | None]
    discount_fee: NotRequired[int | None]
    product_price: NotRequired[int | None]
    product_cnt: NotRequired[int | None]
    out_product_ids: NotRequired[list[str]]
    tradein_out_product_id: NotRequired[str]
    tradein_price: NotRequired[int | None]
    buy_out_product_id: NotRequired[str]
    buy_product_cnt: NotRequired[int | None]
    get_out_product_id: NotRequired[str]
    get_product_cnt: NotRequired[int | None]
    receive_start_time: NotRequired[str | None]
    receive_end_time: NotRequired[str | None]
    # Enforced by this console: WeChat asks it each time. Empty means no limit.
    limit_num_one_person: NotRequired[int | None]
    # The stock at the time it is published.
    total_num: NotRequired[int | None]
    valid_type: NotRequired[ValidTypeEnum]
    valid_start_time: NotRequired[str | None]
    valid_end_time: NotRequired[str | None]
    valid_day_num: NotRequired[int | None]
    valid_second: NotRequired[int | None]
    state: str
    status: int | None
    issued_num: int | None
    receive_num: int | None
    read_at: str | None
    left: int | None
    given: int
    stock_sent_at: str | None


class CouponInput(TypedDict):
    """Amounts in fen. `left` and `given` are our own count, `issued_num` (left) and `receive_num` WeChat's."""

    # Your own number for it, for ever: it cannot be changed once WeChat has the coupon.
    out_coupon_id: NotRequired[str]
    type: NotRequired[CouponTypeEnum]
    # 4 is a live room in Channels; WeChat documents no other.
    promote_type: NotRequired[int]
    # The nickname of the account it is given out in.
    finder_nickname: NotRequired[str]
    # What the buyer reads.
    name: str
    # 1000 to 10000: 5100 means that the buyer pays 51 %.
    discount_num: NotRequired[int | None]
    discount_fee: NotRequired[int | None]
    product_price: NotRequired[int | None]
    product_cnt: NotRequired[int | None]
    out_product_ids: NotRequired[list[str]]
    tradein_out_product_id: NotRequired[str]
    tradein_price: NotRequired[int | None]
    buy_out_product_id: NotRequired[str]
    buy_product_cnt: NotRequired[int | None]
    get_out_product_id: NotRequired[str]
    get_product_cnt: NotRequired[int | None]
    receive_start_time: NotRequired[str | None]
    receive_end_time: NotRequired[str | None]
    # Enforced by this console: WeChat asks it each time. Empty means no limit.
    limit_num_one_person: NotRequired[int | None]
    # The stock at the time it is published.
    total_num: NotRequired[int | None]
    valid_type: NotRequired[ValidTypeEnum]
    valid_start_time: NotRequired[str | None]
    valid_end_time: NotRequired[str | None]
    valid_day_num: NotRequired[int | None]
    valid_second: NotRequired[int | None]


# 1: Goods: discount on a condition; 2: Goods: full reduction; 3: Goods: discount; 4: Goods: direct reduction;
# 5: Goods: trade-in; 6: Goods: buy and get; 101: Whole shop: discount on a condition; 102: Whole shop: full
# reduction; 103: Whole shop: discount; 104: Whole shop: direct reduction
CouponTypeEnum = Literal[1, 2, 3, 4, 5, 6, 101, 102, 103, 104]


class Decision(TypedDict):
    # place the order here before the buyer pays
    push: bool
    fund_type: FundTypeEnum
    # how the buyer is then let pay
    next: str
    why: str


class DecisionRequest(TypedDict):
    """The answer of `wx.checkBeforeAddOrder`."""

    requireOrder: int
    requiredFundType: NotRequired[int]


class Delivery(TypedDict):
    position: str
    name: str
    state: DeliveryStateEnum
    attempts: NotRequired[int]
    tried_at: NotRequired[str | None]
    next_attempt_at: NotRequired[str | None]
    status: NotRequired[int | None]
    answer: NotRequired[str]
    body: str


# delivered: Arrived; waiting: Tried again later; failed: Given up
DeliveryStateEnum = Literal["delivered", "waiting", "failed"]


# 1: Express; 2: No delivery needed; 3: Delivered by the shop; 4: Picked up
DeliveryTypeEnum = Literal[1, 2, 3, 4]


class Difference(TypedDict):
    id: int
    out_product_id: str
    field: str
    ours: Any
    theirs: Any
    found_at: str


class Dispute(TypedDict):
    id: int
    complaint_order_id: str
    aftersale_id: str | None
    state: int | None
    state_describe: str
    judge_result: int | None
    opened_at: str | None
    expired_at: str | None
    flow: Any


class Document(TypedDict):
    """A paper. Send `file` as multipart/form-data: JPG or PNG, or what can be made one of at most 2 MB."""

    id: int
    kind: DocumentKindEnum
    # How you find it again, such as “Licence of the company, 2026”.
    title: NotRequired[str]
    # The console reminds you before this day. Leave empty if it does not expire.
    expires_on: NotRequired[str | None]
    # Whether WeChat has the picture already.
    uploaded: bool
    sha256: str | None
    # What was done to the file before it was kept.
    warnings: list[str]
    created_at: str


class DocumentInput(TypedDict):
    """A paper. Send `file` as multipart/form-data: JPG or PNG, or what can be made one of at most 2 MB."""

    kind: DocumentKindEnum
    # How you find it again, such as “Licence of the company, 2026”.
    title: NotRequired[str]
    # The console reminds you before this day. Leave empty if it does not expire.
    expires_on: NotRequired[str | None]
    file: File


# licence: Business licence; certificate: Category certificate; authorization: Sales authorisation; identity:
# Identity card, signed; trademark: Trademark registration certificate; trademark_change: Trademark change
# certificate; application: Trademark acceptance notice; customs: Customs declaration; other: Other paper
DocumentKindEnum = Literal[
    "licence",
    "certificate",
    "authorization",
    "identity",
    "trademark",
    "trademark_change",
    "application",
    "customs",
    "other",
]


class Endpoint(TypedDict):
    id: int
    # https; it takes a POST and answers with 2xx.
    url: str
    # Which system it is.
    description: NotRequired[str]
    # Types such as order.paid, or a kind such as order for all of its types.
    events: list[str]
    is_enabled: bool
    state: str
    fault: str
    position: str
    created_at: str


class EndpointInput(TypedDict):
    # https; it takes a POST and answers with 2xx.
    url: str
    # Which system it is.
    description: NotRequired[str]
    # Types such as order.paid, or a kind such as order for all of its types.
    events: list[str]


class Entry(TypedDict):
    """One thing that happened, told in the language of `Accept-Language`; personal data masked."""

    at: str
    kind: EntryKindEnum
    # Who did it: a person, a key, the schedule … Empty where WeChat did.
    actor: str
    sentence: str
    # What was answered, given as a reason, or noted.
    text: str
    # What happened, such as asked, edited, moved, pushed, reviewed.
    code: str
    # Of the code: such as operation, state and errcode.
    values: dict[str, Any]
    # {field: [before, after]}
    changes: dict[str, list[Any]]
    rid: str
    calls: list[TimelineCall]


EntryKindEnum = Literal["step", "read", "message", "review", "approval", "edit", "note", "reveal"]


class EveningJob(TypedDict):
    id: int
    operation: str
    state: JobStateEnum
    counts: dict[str, int]
    created_at: str
    finished_at: NotRequired[str | None]
    steps: list[Step]
    # Products left out: another evening has them.
    elsewhere: list[str]


class Event(TypedDict):
    position: str
    type: str
    at: str
    record: Record
    state: State


class EventPage(TypedDict):
    results: list[Event]
    # Send it as `after` next time.
    position: str
    # Whether there are more events already.
    more: bool


class EventTypes(TypedDict):
    types: list[str]


class Evidence(TypedDict):
    """The evidence for the platform; what is handed in cannot be taken back."""

    evidence_text: str
    # Ids of pictures.
    evidence_images: NotRequired[list[int]]


class ExpressCompany(TypedDict):
    delivery_id: str
    delivery_name: str
    gone: NotRequired[bool]


class Finding(TypedDict):
    """A product of a live day, and what prevents it from being sold on it."""

    out_product_id: str
    is_ready: bool
    findings: list[str]


class Flow(TypedDict):
    """A movement; amounts in fen, income above 0."""

    id: int
    funds_flow_id: str
    kind: FlowKindEnum
    amount: int
    balance: NotRequired[int | None]
    busi_type: NotRequired[str]
    request_no: NotRequired[str]
    booked_at: str
    # What it belongs to, empty where nothing was found.
    record: str


class FlowDay(TypedDict):
    id: int
    day: str
    count: int
    pulled_at: str | None


class FlowDayInput(TypedDict):
    day: str


# payment: Payment; refund: Refund; fee: Fee; withdrawal: Withdrawal; return: Returned to us; other: Other
FlowKindEnum = Literal["payment", "refund", "fee", "withdrawal", "return", "other"]


class FoundDifference(TypedDict):
    id: int
    # orders, payments, parcels, aftersales, refunds, products, stock, coupons, sharers, …
    kind: str
    source: str
    # The record's number within its kind.
    key: str
    # Empty where only WeChat has the record.
    record_id: str
    field: str
    # The field, in words.
    field_label: str
    ours: Any
    theirs: Any
    # The money in it, in fen.
    amount_fen: int
    outlook: OutlookEnum
    state: FoundDifferenceStateEnum
    by_read: bool
    because: str
    found_at: str
    seen_at: str
    resolved_at: str | None
    # The job that pushes ours, if any.
    job: str


# open: Open; healed: Healed by itself; taken: WeChat's taken; pushed: Ours pushed; known: Known
FoundDifferenceStateEnum = Literal["open", "healed", "taken", "pushed", "known"]


# 0: Own merchant number; 1: Merchant account at WeChat
FundTypeEnum = Literal[0, 1]


class Gift(TypedDict):
    # Yours: the same again gives the same coupon.
    request_id: str
    out_coupon_id: str
    openid: str


class Invitations(TypedDict):
    """The body of an endpoint for many records, the list `counted`: from two on, `confirm` is their number."""

    # How many records you mean; required from two on, and has to agree.
    confirm: NotRequired[int]
    sharers: list[Invited]


class Invited(TypedDict):
    openid: str
    name: NotRequired[str]


class Inviting(TypedDict):
    id: int
    operation: str
    state: JobStateEnum
    counts: dict[str, int]
    created_at: str
    finished_at: NotRequired[str | None]
    steps: list[Step]
    # Who was not invited.
    left_out: list[Verdict]


class Job(TypedDict):
    id: int
    operation: str
    state: JobStateEnum
    counts: dict[str, int]
    created_at: str
    finished_at: NotRequired[str | None]
    steps: list[Step]


# running: Running; paused: Paused; finished: Finished
JobStateEnum = Literal["running", "paused", "finished"]


class Key(TypedDict):
    # Which machine will use it.
    name: str
    begins_with: str
    scopes: list[Scope]
    # Requests a minute; what is above is answered with 429.
    per_minute: NotRequired[int]
    # From then on it is answered with 401; null: never.
    expires_at: NotRequired[str | None]
    # From where it may be used; empty: from anywhere.
    addresses: list[str]
    # From where this request came, as the console sees it.
    your_address: str
    created_at: str


class Left(TypedDict):
    id: str
    why: str


class LiveBoard(TypedDict):
    """The board of an evening; money is left out."""

    state: LiveBoardStateEnum
    # Paid orders that were placed in the evening.
    orders: int
    unpaid: int
    # Pieces sold.
    pieces: int
    left: int
    # Orders a minute, over the last five.
    pace: float
    goods: list[BoardProduct]
    reviews: list[BoardReview]


LiveBoardStateEnum = Literal["planned", "running", "ended"]


class LiveDay(TypedDict):
    """A day of selling live; its products by your own ids."""

    id: int
    date: str
    # Such as “Singles' Day, main room”.
    title: str
    products: list[str]
    started_at: str | None
    ended_at: str | None


class LiveDayInput(TypedDict):
    """A day of selling live; its products by your own ids."""

    date: str
    # Such as “Singles' Day, main room”.
    title: str
    products: list[str]


class LiveProduct(TypedDict):
    """A product of the evening in its place."""

    id: int
    out_product_id: str
    position: NotRequired[int]
    state: NotRequired[LiveProductStateEnum]
    wanted: NotRequired[WantedEnum | BlankEnum]
    # {errcode, errmsg}: WeChat refused what was asked for last.
    refusal: dict[str, Any]
    # What has to be done before its terms can be set.
    faults: list[str]
    terms: list[LiveTerm]


# planned: Planned; running: In the evening; ended: Ended
LiveProductStateEnum = Literal["planned", "running", "ended"]


class LiveTerm(TypedDict):
    """The evening's price (fen) and stock of a SKU; what was set, and what was left."""

    id: int
    out_sku_id: str
    price: NotRequired[int | None]
    stock: NotRequired[int | None]
    set_price: NotRequired[int | None]
    was_price: NotRequired[int | None]
    hold: NotRequired[int | None]
    left: NotRequired[int | None]
    merged: NotRequired[int | None]
    price_open: NotRequired[bool]


class MadeEndpoint(TypedDict):
    id: int
    # https; it takes a POST and answers with 2xx.
    url: str
    # Which system it is.
    description: NotRequired[str]
    # Types such as order.paid, or a kind such as order for all of its types.
    events: list[str]
    is_enabled: bool
    state: str
    fault: str
    position: str
    created_at: str
    # Shown this once; keep it to verify signatures.
    secret: str


class Media(TypedDict):
    """A buyer's picture: an address from /pictures/ (its `link`), uploaded to WeChat."""

    type: NotRequired[int]
    url: str
    thumb_url: NotRequired[str]


class Merchant(TypedDict):
    """The state of the merchant account; its papers are in the admin."""

    # WeChat's applyment_state, empty before there is one.
    state: str
    state_label: str
    sub_mchid: str
    # [{param_name, reject_reason}]
    audit_detail: list[dict[str, Any]]
    read_at: str | None


NextEnum = Literal["get_payment_params", "wx.requestOrderPayment", "nothing"]


class Opened(TypedDict):
    """An after-sale on one kind of goods of an order."""

    type: ClaimKindEnum
    # fen
    orderamt: int
    refund_reason_type: NotRequired[int]
    refund_reason: NotRequired[str]
    media_list: NotRequired[list[Media]]
    out_aftersale_id: str
    out_order_id: str
    out_product_id: str
    out_sku_id: str
    product_cnt: int


class Order(TypedDict):
    """An order. Buyer and address are masked unless the key has the scope `personal`."""

    out_order_id: str
    order_id: str | None
    status: int | None
    state: str
    fund_type: FundTypeEnum
    openid: str
    scene: int
    path: str
    order_price: int
    freight: int
    discounted_price: int
    additional_price: int
    pay_method_type: PayMethodTypeEnum
    transaction_id: str
    paid_at: str | None
    delivery_type: DeliveryTypeEnum
    address_info: Address
    placed_at: str
    expire_at: str | None
    aftersale_duration: int | None
    promoter_id: str
    finder_nickname: str
    sharer_openid: str
    settle_no: str
    settled_fen: int | None
    settled_at: str | None
    payment_alert: str
    payment_alert_code: str
    refusal: Any
    given_up_at: str | None
    product_infos: list[OrderLine]
    parcels: list[ShownParcel]
    read_at: str | None


class OrderLine(TypedDict):
    out_product_id: str
    out_sku_id: str
    product_cnt: int
    sale_price: int
    sku_real_price: int
    title: str
    path: str
    head_img: str
    refunded_cnt: NotRequired[int]
    refunded_unshipped_cnt: NotRequired[int]
    refunded_fen: NotRequired[int]


class Outcome(TypedDict):
    status: int | None
    answer: str
    milliseconds: int


# step: Likely: a step on it is open; forward: Likely: WeChat is ahead; young: Perhaps: it is new; stays:
# Hardly: it has stayed
OutlookEnum = Literal["step", "forward", "young", "stays"]


class PaginatedAftersaleList(TypedDict):
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Aftersale]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedAlertList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Alert]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedBatchList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Batch]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedBrandList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Brand]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedBrandQualificationList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[BrandQualification]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedCategoryList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Category]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedCategoryQualificationList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[CategoryQualification]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedCloseList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Close]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedCloseRowList(TypedDict):
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[CloseRow]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedCommissionList(TypedDict):
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Commission]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedComplaintList(TypedDict):
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Complaint]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedCouponList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Coupon]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedDeliveryList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Delivery]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedDifferenceList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Difference]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedDisputeList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Dispute]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedDocumentList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Document]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedEndpointList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Endpoint]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedExpressCompanyList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[ExpressCompany]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedFlowDayList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[FlowDay]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedFlowList(TypedDict):
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Flow]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedFoundDifferenceList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[FoundDifference]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedLiveDayList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[LiveDay]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedOrderList(TypedDict):
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Order]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedPaymentOrderList(TypedDict):
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[PaymentOrder]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedPeriodList(TypedDict):
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Period]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedPictureList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Picture]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedPromoterList(TypedDict):
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Promoter]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedPulledListList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[PulledList]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedRateList(TypedDict):
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Rate]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedReconciliationDayList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[ReconciliationDay]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedReconciliationRunList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[ReconciliationRun]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedSPUList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[SPU]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedSceneGroupList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[SceneGroup]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedSettlementList(TypedDict):
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Settlement]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedSharerList(TypedDict):
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Sharer]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedStatementList(TypedDict):
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Statement]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedStockedSKUList(TypedDict):
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[StockedSKU]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedUserCouponList(TypedDict):
    count: NotRequired[int]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[UserCoupon]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class PaginatedWithdrawalList(TypedDict):
    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Withdrawal]
    # To go on from. Only with `updated_after`.
    position: NotRequired[str]
    # Numbers of records. Only with `updated_after`.
    deleted: NotRequired[list[str]]


class Parcel(TypedDict):
    # by /express-companies/; OTHERS where none fits
    delivery_id: str
    waybill_id: str
    # what is in it; left out, everything that is in no parcel yet
    product_infos: NotRequired[list[ParcelItem]]


class ParcelItem(TypedDict):
    out_product_id: str
    out_sku_id: str
    product_cnt: int


# same_number: the same number; same_amount: the same amount, near in time; refund_of: refunded in full in
# WeChat, the same amount; reversal: the same amount the other way, near in time
PartnerWhyEnum = Literal["same_number", "same_amount", "refund_of", "reversal"]


class PatchedAccountInfo(TypedDict):
    """The return address names a person: it is left out for callers that may not change it."""

    # Must be on: without it WeChat refuses every product (1040042).
    official_service: NotRequired[bool]
    # A page of the mini program, such as pages/service/index. Leave empty if there is none.
    service_agent_path: NotRequired[str]
    # Shown to buyers, with area code: 020-888888.
    service_agent_phone: NotRequired[str]
    # Who takes returned goods in.
    receiver_name: NotRequired[str]
    tel_number: NotRequired[str]
    country: NotRequired[str]
    province: NotRequired[str]
    city: NotRequired[str]
    town: NotRequired[str]
    # Where buyers send goods back when nothing else was agreed.
    detailed_address: NotRequired[str]


class PatchedBrandQualification(TypedDict):
    """An application in review cannot be changed: 400 until the review is decided."""

    # Exactly as on the trademark certificate.
    brand_wording: NotRequired[str]
    # ® on the certificate is registered; an acceptance notice alone is TM. * `1` - Domestic, registered (R) *
    # `2` - Domestic, applied for (TM) * `3` - Overseas, registered (R) * `4` - Overseas, applied for (TM)
    brand_audit_type: NotRequired[BrandAuditTypeEnum]
    # The international class on the certificate, 1 to 45; food is 29 or 30, cosmetics 3, clothes 25. * `1` -
    # 1 * `2` - 2 * `3` - 3 * `4` - 4 * `5` - 5 * `6` - 6 * `7` - 7 * `8` - 8 * `9` - 9 * `10` - 10 * `11` -
    # 11 * `12` - 12 * `13` - 13 * `14` - 14 * `15` - 15 * `16` - 16 * `17` - 17 * `18` - 18 * `19` - 19 *
    # `20` - 20 * `21` - 21 * `22` - 22 * `23` - 23 * `24` - 24 * `25` - 25 * `26` - 26 * `27` - 27 * `28` -
    # 28 * `29` - 29 * `30` - 30 * `31` - 31 * `32` - 32 * `33` - 33 * `34` - 34 * `35` - 35 * `36` - 36 *
    # `37` - 37 * `38` - 38 * `39` - 39 * `40` - 40 * `41` - 41 * `42` - 42 * `43` - 43 * `44` - 44 * `45` -
    # 45
    trademark_type: NotRequired[TrademarkTypeEnum]
    # An agent needs a sales authorisation. * `1` - Own brand * `2` - Agent of the brand * `3` - No brand
    brand_management_type: NotRequired[BrandManagementTypeEnum]
    # Imported goods need a customs form. * `1` - Imported goods * `2` - Not imported
    commodity_origin_type: NotRequired[CommodityOriginTypeEnum]
    # Digits as on the certificate.
    trademark_registrant_nu: NotRequired[str]
    trademark_registrant: NotRequired[str]
    # The last day on the certificate.
    trademark_authorization_period: NotRequired[str | None]
    trademark_applicant: NotRequired[str]
    trademark_application_time: NotRequired[str | None]
    # The whole page, readable, not cropped.
    license: NotRequired[list[int]]
    # For agents: the whole chain. If the trademark's holder is a person, add both sides of the identity card,
    # signed.
    sale_authorization: NotRequired[list[int]]
    # For registered trademarks.
    trademark_registration_certificate: NotRequired[list[int]]
    # If name, address or holder were changed.
    trademark_change_certificate: NotRequired[list[int]]
    # For trademarks applied for (TM).
    trademark_registration_application: NotRequired[list[int]]
    # For imported goods.
    imported_goods_form: NotRequired[list[int]]


class PatchedCategoryQualification(TypedDict):
    """An application in review cannot be changed: 400 until the review is decided."""

    third_cat_id: NotRequired[int]
    # The whole page, readable, not cropped.
    license: NotRequired[list[int]]
    # What this category asks for; it is written beside the category.
    certificate: NotRequired[list[int]]


class PatchedCoupon(TypedDict):
    """Amounts in fen. `left` and `given` are our own count, `issued_num` (left) and `receive_num` WeChat's."""

    # Your own number for it, for ever: it cannot be changed once WeChat has the coupon.
    out_coupon_id: NotRequired[str]
    type: NotRequired[CouponTypeEnum]
    # 4 is a live room in Channels; WeChat documents no other.
    promote_type: NotRequired[int]
    # The nickname of the account it is given out in.
    finder_nickname: NotRequired[str]
    # What the buyer reads.
    name: NotRequired[str]
    # 1000 to 10000: 5100 means that the buyer pays 51 %.
    discount_num: NotRequired[int | None]
    discount_fee: NotRequired[int | None]
    product_price: NotRequired[int | None]
    product_cnt: NotRequired[int | None]
    out_product_ids: NotRequired[list[str]]
    tradein_out_product_id: NotRequired[str]
    tradein_price: NotRequired[int | None]
    buy_out_product_id: NotRequired[str]
    buy_product_cnt: NotRequired[int | None]
    get_out_product_id: NotRequired[str]
    get_product_cnt: NotRequired[int | None]
    receive_start_time: NotRequired[str | None]
    receive_end_time: NotRequired[str | None]
    # Enforced by this console: WeChat asks it each time. Empty means no limit.
    limit_num_one_person: NotRequired[int | None]
    # The stock at the time it is published.
    total_num: NotRequired[int | None]
    valid_type: NotRequired[ValidTypeEnum]
    valid_start_time: NotRequired[str | None]
    valid_end_time: NotRequired[str | None]
    valid_day_num: NotRequired[int | None]
    valid_second: NotRequired[int | None]


class PatchedEndpoint(TypedDict):
    # https; it takes a POST and answers with 2xx.
    url: NotRequired[str]
    # Which system it is.
    description: NotRequired[str]
    # Types such as order.paid, or a kind such as order for all of its types.
    events: NotRequired[list[str]]


class PatchedLiveDay(TypedDict):
    """A day of selling live; its products by your own ids."""

    date: NotRequired[str]
    # Such as “Singles' Day, main room”.
    title: NotRequired[str]
    products: NotRequired[list[str]]


class PatchedSPU(TypedDict):
    """A product. `skus`, where present, replaces all SKUs; WeChat's own are `edit_status`, `status`, `product_id`."""

    # Your own id. It cannot be changed once sent, nor ever be used again after a deletion.
    out_product_id: NotRequired[str]
    # Brand, name and what sets it apart. No words such as “test”.
    title: NotRequired[str]
    third_cat_id: NotRequired[int | None]
    # null for goods without a brand
    brand_id: NotRequired[int | None]
    # The product's page in the mini program, such as pages/product/detail?id=1001.
    path: NotRequired[str]
    # Only if the mini program has one.
    direct_path: NotRequired[str]
    desc: NotRequired[str]
    # Your own; WeChat only keeps it.
    info_version: NotRequired[str]
    scene_group_list: NotRequired[list[int]]
    head_img: NotRequired[list[int]]
    imgs: NotRequired[list[int]]
    qualification_pics: NotRequired[list[int]]
    skus: NotRequired[list[SKUInput]]


class PayInfo(TypedDict):
    pay_method_type: NotRequired[PayMethodTypeEnum]
    # fund_type 0 only
    prepay_id: NotRequired[str]
    # fund_type 0 only
    prepay_time: NotRequired[str]


# 0: WeChat Pay; 1: Cash on delivery; 2: Stored-value card
PayMethodTypeEnum = Literal[0, 1, 2]


class PaymentMade(TypedDict):
    """The parameters to pay with, and the payment in its present state."""

    payment_params: dict[str, Any] | None
    payment: PaymentOrder


class PaymentOrder(TypedDict):
    """A payment of one or several parts; an identical repeat is no error and returns new parameters."""

    combine_trade_no: str
    openid: str
    expire_at: NotRequired[str | None]
    trades: list[Trade]
    state: str
    made: bool
    closed: bool
    refusal: Any
    created_at: str
    read_at: str | None


class PaymentOrderInput(TypedDict):
    """A payment of one or several parts; an identical repeat is no error and returns new parameters."""

    combine_trade_no: str
    openid: str
    expire_at: NotRequired[str | None]
    trades: list[TradeInput]


class PaymentParams(TypedDict):
    """The parameters of wx.requestOrderPayment; valid for one call of it."""

    timeStamp: str
    nonceStr: str
    package: str
    paySign: str
    signType: str


class PaymentReport(TypedDict):
    """The result of a payment to your own merchant number (fund_type 0)."""

    action_type: ActionTypeEnum
    action_remark: NotRequired[str]
    transaction_id: NotRequired[str]
    pay_time: NotRequired[str]


class Period(TypedDict):
    """A pay-out period; amounts in fen. Its figures are final once it is closed."""

    id: int
    first: str
    last: str
    is_open: NotRequired[bool]
    state: str
    computed_at: NotRequired[str | None]
    people: NotRequired[int]
    # fen, of orders paid in these days
    earned: int
    # fen, for returns of orders of earlier periods
    corrected: int
    # fen, of all people
    payable: int
    closed_at: NotRequired[str | None]


# list: reads WeChat's list; ours: looks for what the list lacks; open: reads again what is open; done: Done;
# failed: Given up
PhaseEnum = Literal["list", "ours", "open", "done", "failed"]


class Picture(TypedDict):
    """Send `file` as multipart/form-data: JPG or PNG, or what can be made one of at most 2 MB."""

    id: int
    name: str
    size: int
    sha256: str | None
    link: str
    # What was done to the file before it was kept.
    warnings: list[str]
    created_at: str


class PictureInput(TypedDict):
    """Send `file` as multipart/form-data: JPG or PNG, or what can be made one of at most 2 MB."""

    file: File


class PlacedAnswer(TypedDict):
    """What the mini program needs to let the buyer pay."""

    out_order_id: str
    order_id: str
    fund_type: FundTypeEnum
    # fen, by WeChat's own sum
    final_price: int
    expire_time: str
    ticket: str
    ticket_expire_time: str | None
    # get_payment_params: ask for the parameters, then wx.requestOrderPayment with both;
    # wx.requestOrderPayment: call it with order_info and your own payment's parameters; nothing: not by
    # WeChat Pay
    next: NextEnum
    # the orderInfo of wx.requestOrderPayment
    order_info: dict[str, Any]


class PlacedOrder(TypedDict):
    """An order to be placed. Amounts in fen; both of WeChat's price equations are checked before it is pushed."""

    out_order_id: str
    out_user_id: NotRequired[str]
    openid: str
    fund_type: NotRequired[FundTypeEnum]
    scene: int
    # the order's page; should name its number
    path: str
    trace_id: NotRequired[str]
    product_infos: list[ProductInfo]
    price_info: NotRequired[PriceInfo]
    pay_info: NotRequired[PayInfo]
    delivery_type: NotRequired[DeliveryTypeEnum]
    address_info: NotRequired[Address | None]
    # until when the buyer may pay
    expire_time: NotRequired[str]
    # days
    aftersale_duration: NotRequired[int]


class PriceInfo(TypedDict):
    # fen; left out, it is reckoned
    order_price: NotRequired[int]
    # fen
    freight: NotRequired[int]
    # fen
    discounted_price: NotRequired[int]
    # fen; better avoided: WeChat was seen to refuse sums with it
    additional_price: NotRequired[int]
    additional_remarks: NotRequired[str]


class PriceRow(TypedDict):
    """One SKU; what is left out stays as it is."""

    out_product_id: str
    out_sku_id: str
    # fen
    sale_price: NotRequired[int]
    # fen; null: as the price
    market_price: NotRequired[int | None]
    stock_num: NotRequired[int]


class Prices(TypedDict):
    """The body of an endpoint for many records, the list `counted`: from two on, `confirm` is their number."""

    # How many records you mean; required from two on, and has to agree.
    confirm: NotRequired[int]
    rows: list[PriceRow]


class PricesJob(TypedDict):
    id: int
    operation: str
    state: JobStateEnum
    counts: dict[str, int]
    created_at: str
    finished_at: NotRequired[str | None]
    steps: list[Step]
    refused: list[RefusedRow]
    # Products that were stored only: they need a review.
    to_submit: list[str]


class Problem(TypedDict):
    detail: str
    fields: NotRequired[dict[str, list[str]]]


# not_moved: No movement; no_record: Movement without a record; differs: Another amount; behind: Moved, but
# the record does not say so; gap: Movements missing in the balance
ProblemEnum = Literal["not_moved", "no_record", "differs", "behind", "gap"]


class ProductInfo(TypedDict):
    """Goods of an order. Title, path and picture are optional for goods that are products in this console."""

    out_product_id: str
    out_sku_id: str
    product_cnt: int
    # fen, of one piece
    sale_price: int
    # fen, paid for all its pieces; left out of all, the discount is spread over the goods
    sku_real_price: NotRequired[int]
    title: NotRequired[str]
    path: NotRequired[str]
    head_img: NotRequired[str]


class Promoter(TypedDict):
    id: int
    promoter_id: str
    finder_nickname: str
    gone: bool
    # Empty is the usual rate of the selling settings.
    rate: NotRequired[str | None]
    first_read_at: str


class Proof(TypedDict):
    """What proves a refund that was paid another way."""

    refund_desc: NotRequired[str]
    # Ids of pictures: the proof of the refund.
    certificates: NotRequired[list[int]]


class PulledList(TypedDict):
    name: str
    title: str
    count: int
    pulled_at: str | None
    # Rows of the last pull that could not be read.
    note: str


class Push(TypedDict):
    rows: list[PushedRow]


class PushAnswer(TypedDict):
    # Rows that hold, also those that were pushed before.
    taken: int
    changed: int
    # Rows with an older version, or another stock under the same.
    refused: list[RefusedPush]
    # That tells WeChat; null where there is nothing to tell.
    job: Job | None


class PushedRow(TypedDict):
    """All pieces of a SKU that are not sold, as the connected shop knows them."""

    out_product_id: str
    out_sku_id: str
    stock: int
    # Rises with every change of this SKU, such as a time in ms.
    version: int
    # When it was so: what was sold here since then is taken off.
    as_of: NotRequired[str]


class Rate(TypedDict):
    """A commission rate; what is empty holds for all. Of more than one the most specific is used."""

    id: int
    role: RoleEnum
    promoter_id: NotRequired[str]
    # The `id` of the sharer.
    sharer: int | None
    # The Channels account whose live room it is, as orders show it. Empty is every room.
    room: NotRequired[str]
    # Empty is every product.
    out_product_id: NotRequired[str]
    # Basis points: 1250 is 12.5 %.
    bps: int
    valid_from: str
    # The last day, by the day on which an order was paid. Empty is without an end.
    valid_until: NotRequired[str | None]


class ReconciliationDay(TypedDict):
    day: str
    kind: str
    compared: int
    equal: int
    found: int
    healed: int
    resolved: int
    open: int
    open_fen: int


class ReconciliationRun(TypedDict):
    id: int
    source: str
    scope: ScopeEnum
    since: str
    until: str
    phase: PhaseEnum
    compared: int
    found: int
    unread: int
    fault: str
    created_at: str
    finished_at: str | None


class Record(TypedDict):
    kind: str
    # Your own number where the API finds the record by it; may be empty.
    id: str
    url: str


class RefundRequest(TypedDict):
    trade_no: str
    refund_no: str
    # fen
    amount: int


class Refusal(TypedDict):
    """Why the merchant refuses; without a reason that staff have written already, it is needed."""

    # Stays in the console: WeChat takes no reason.
    reject_reason: NotRequired[str]


class RefusedPush(TypedDict):
    # From 0, as in `rows`.
    index: int
    out_sku_id: str
    # The newest that is known here.
    version: str
    # The stock that was pushed with it.
    stock: int


class RefusedRow(TypedDict):
    # From 0, as in `rows`.
    index: int
    fields: dict[str, list[str]]


class Release(TypedDict):
    released_at: str


class Reopen(TypedDict):
    reason: str


class Resolve(TypedDict):
    ids: list[int]
    # take WeChat's, push ours, or know: both stay as they are. * `take` - take * `push` - push * `know` -
    # know
    way: WayEnum
    # Needed for know.
    because: NotRequired[str]


class Resolved(TypedDict):
    # Of these ids; pushed ones once their job is done.
    resolved: int
    # Changed meanwhile, or waiting for a second person.
    left: int
    # Which cannot be resolved this way, and why.
    impossible: list[Left]
    # The jobs that push ours.
    jobs: list[str]


class ReturnAddress(TypedDict):
    receiver_name: str
    tel_number: str
    province: NotRequired[str]
    city: NotRequired[str]
    town: NotRequired[str]
    detailed_address: str


class ReturnInfo(TypedDict):
    """The return shipment."""

    # by /express-companies/
    delivery_id: str
    delivery_name: str
    waybill_id: str


# promoter: Promoter; sharer: Sharer
RoleEnum = Literal["promoter", "sharer"]


class RowExplanation(TypedDict):
    reason: NotRequired[str]
    # It belongs to its likely partner.
    linked: NotRequired[bool]


class SKU(TypedDict):
    """One variant of a product; prices in fen."""

    out_sku_id: str
    sku_attrs: NotRequired[list[Attribute]]
    thumb_img: NotRequired[int | None]
    # fen
    sale_price: int
    # fen; null is the same as sale_price
    market_price: NotRequired[int | None]
    stock_num: NotRequired[int]
    sku_code: NotRequired[str]
    barcode: NotRequired[str]
    sku_id: str | None


class SKUInput(TypedDict):
    """One variant of a product; prices in fen."""

    out_sku_id: str
    sku_attrs: NotRequired[list[Attribute]]
    thumb_img: NotRequired[int | None]
    # fen
    sale_price: int
    # fen; null is the same as sale_price
    market_price: NotRequired[int | None]
    stock_num: NotRequired[int]
    sku_code: NotRequired[str]
    barcode: NotRequired[str]


class SPU(TypedDict):
    """A product. `skus`, where present, replaces all SKUs; WeChat's own are `edit_status`, `status`, `product_id`."""

    id: int
    # Your own id. It cannot be changed once sent, nor ever be used again after a deletion.
    out_product_id: str
    # Brand, name and what sets it apart. No words such as “test”.
    title: str
    third_cat_id: NotRequired[int | None]
    # null for goods without a brand
    brand_id: NotRequired[int | None]
    # The product's page in the mini program, such as pages/product/detail?id=1001.
    path: NotRequired[str]
    # Only if the mini program has one.
    direct_path: NotRequired[str]
    desc: NotRequired[str]
    # Your own; WeChat only keeps it.
    info_version: NotRequired[str]
    scene_group_list: NotRequired[list[int]]
    head_img: NotRequired[list[int]]
    imgs: NotRequired[list[int]]
    qualification_pics: NotRequired[list[int]]
    skus: NotRequired[list[SKU]]
    product_id: str | None
    edit_status: int | None
    status: int | None
    reject_reason: str
    unsent: UnsentEnum
    removed_at: str | None
    state: str
    rounds: list[SPURound]
    created_at: str
    changed_at: str


class SPUInput(TypedDict):
    """A product. `skus`, where present, replaces all SKUs; WeChat's own are `edit_status`, `status`, `product_id`."""

    # Your own id. It cannot be changed once sent, nor ever be used again after a deletion.
    out_product_id: str
    # Brand, name and what sets it apart. No words such as “test”.
    title: str
    third_cat_id: NotRequired[int | None]
    # null for goods without a brand
    brand_id: NotRequired[int | None]
    # The product's page in the mini program, such as pages/product/detail?id=1001.
    path: NotRequired[str]
    # Only if the mini program has one.
    direct_path: NotRequired[str]
    desc: NotRequired[str]
    # Your own; WeChat only keeps it.
    info_version: NotRequired[str]
    scene_group_list: NotRequired[list[int]]
    head_img: NotRequired[list[int]]
    imgs: NotRequired[list[int]]
    qualification_pics: NotRequired[list[int]]
    skus: NotRequired[list[SKUInput]]


class SPURound(TypedDict):
    audit_id: NotRequired[str]
    status: NotRequired[int]
    reject_reason: NotRequired[str]
    submitted_at: str
    decided_at: NotRequired[str | None]


class SPURoundInput(TypedDict):
    audit_id: NotRequired[str]
    status: NotRequired[int]
    reject_reason: NotRequired[str]
    decided_at: NotRequired[str | None]


class SalesFigures(TypedDict):
    # All changes before it are counted.
    current_until: str | None
    # Days that are being counted anew.
    days_waiting: int
    total: SalesSums
    # As many days before the first.
    before: SalesSums
    # Of rows, those beyond `limit` too.
    count: int
    rows: list[SalesRow]


class SalesLine(TypedDict):
    # promoter_id, openid (masked, unless the key has the scope `personal`), or the live room.
    key: str
    name: str
    orders: int
    buyers: int
    # fen
    amount: int
    # fen
    refunded: int
    # fen
    net: int
    # %
    rate: str | None
    # fen
    commission: int | None


class SalesRow(TypedDict):
    orders: int
    # Each person once in the span; null where they were not counted.
    buyers: int | None
    pieces: int
    # fen, like all below: the goods at their prices.
    gross: int
    discount: int
    freight: int
    # Extra charges.
    extra: int
    # All that was refunded of these orders until now.
    refunded: int
    # As expected; the actual one is in the settlements.
    fee: int
    # gross − discount + freight + extra − refunded − fee
    net: int
    # The day, hour, id or name that the row stands for; empty where it belongs to none. Openids are masked,
    # unless the key has the scope `personal`.
    key: str
    # Of a SKU its out_sku_id, of a live room when it began.
    part: str
    # fen, in the span before
    net_before: int


class SalesSums(TypedDict):
    orders: int
    # Each person once in the span; null where they were not counted.
    buyers: int | None
    pieces: int
    # fen, like all below: the goods at their prices.
    gross: int
    discount: int
    freight: int
    # Extra charges.
    extra: int
    # All that was refunded of these orders until now.
    refunded: int
    # As expected; the actual one is in the settlements.
    fee: int
    # gross − discount + freight + extra − refunded − fee
    net: int


class SceneCheck(TypedDict):
    scene: int
    # The cash register is verified here: place the order first.
    is_matched: bool
    read_at: str
    # WeChat could not be asked now; this is its last answer.
    is_stale: bool


class SceneCheckRequest(TypedDict):
    # The launch scene, such as 1177.
    scene: int


class SceneGroup(TypedDict):
    id: int
    group_id: int
    name: str
    status: NotRequired[int | None]
    state: str
    # Reviewed, and each check passed.
    passed: bool
    reason: NotRequired[str]
    items: list[SceneItem]
    read_at: NotRequired[str | None]


class SceneItem(TypedDict):
    ext_id: int
    name: str
    status: NotRequired[int]
    status_label: str


class Scope(TypedDict):
    name: str
    description: str
    # false: who made the key has lost permissions of it, and the key with them.
    is_whole: bool


# recent: the last hours, and what is open; day: a day; month: a month
ScopeEnum = Literal["recent", "day", "month"]


class Secret(TypedDict):
    secret: str


class Settlement(TypedDict):
    id: int
    out_order_id: str
    state: SettlementStateEnum
    finished_at: str
    due_on: str
    expected_fen: int
    settled_fen: NotRequired[int | None]


# to_come: To come; missing: Missing; settled: Settled; different: Other than expected
SettlementStateEnum = Literal["to_come", "missing", "settled", "different"]


class Sharer(TypedDict):
    """The openid is masked unless the key has the scope `personal`; the URL needs the whole openid."""

    id: int
    openid: str
    # How you call this person.
    name: NotRequired[str]
    nickname: str
    bind_status: int | None
    state: str
    reason_code: int | None
    invited_at: str | None
    bound_at: str | None
    gmv: int | None
    order_cnt: int | None
    user_cnt: int | None
    # Empty is the usual rate of the selling settings.
    rate: NotRequired[str | None]
    read_at: str | None


class SharingRequest(TypedDict):
    trade_no: str
    profit_sharing_no: str


class Shipment(TypedDict):
    """Parcels of an order. The console computes whether it is complete. The same waybill twice is one parcel."""

    parcels: NotRequired[list[Parcel]]


class ShownParcel(TypedDict):
    delivery_id: str
    waybill_id: str
    sent_at: NotRequired[str | None]
    product_infos: list[ParcelItem]


class Since(TypedDict):
    # A position or a time; left out: where the first one is missing.
    after: NotRequired[str]


class StartedJob(TypedDict):
    """The job that an operation on one record has started."""

    id: int
    operation: str
    state: JobStateEnum
    counts: dict[str, int]
    created_at: str
    finished_at: NotRequired[str | None]
    steps: list[Step]
    # What a person would be told before.
    cautions: list[str]


class State(TypedDict):
    was: str
    now: str


class Statement(TypedDict):
    """What one person gets for one period; amounts in fen. total = earned + corrected + carried_in."""

    id: int
    number: str
    period: int
    role: RoleEnum
    # promoter_id, or a sharer's openid (masked, unless the key has the scope `personal`).
    person: str
    name: str
    state: str
    # Its rows.
    lines: int
    # fen, sold less what was returned until then
    base: int
    # fen
    earned: int
    # fen, for returns of orders of earlier periods
    corrected: int
    # fen, 0 or less, from the period before
    carried_in: int
    # fen
    total: int
    # fen, 0 or more
    payable: int
    # fen, 0 or less, into the next period
    carried_out: int
    paid_at: NotRequired[str | None]
    bank_no: NotRequired[str]


class Step(TypedDict):
    id: int
    record: str
    # Your own number of the record, such as its out_order_id.
    number: str
    state: NotRequired[StepStateEnum]
    errcode: NotRequired[int | None]
    # WeChat's errmsg where there is an errcode, else our words.
    message: str
    meaning: str
    rid: str
    sent_at: NotRequired[str | None]
    closed_at: NotRequired[str | None]


# wanted: Waiting; sent: Sent; done: Done; refused: Refused by WeChat; unknown: Outcome unknown; skipped: Not
# sent; failed: Failed
StepStateEnum = Literal["wanted", "sent", "done", "refused", "unknown", "skipped", "failed"]


class Stock(TypedDict):
    # How many are left to give.
    left: int


class StockedSKU(TypedDict):
    """The stock of a SKU: `stock_num` is for sale; `kept_back` is the shop's part while a live evening runs."""

    id: int
    out_product_id: str
    out_sku_id: str
    stock_num: NotRequired[int]
    kept_back: int | None
    total: int
    # WeChat's number, as of `read_at` or the last write.
    at_wechat: int | None
    read_at: str | None
    # Of the last push.
    version: str | None


class Tick(TypedDict):
    number: int


class Timeline(TypedDict):
    # The address of the next, older page.
    next: str | None
    results: list[Entry]


class TimelineCall(TypedDict):
    endpoint: str
    errcode: int | None
    rid: str
    at: str


class Trade(TypedDict):
    """One part of a payment; amount in fen."""

    trade_no: str
    mchid: str
    # fen
    amount: int
    description: str
    transaction_id: str
    paid_at: str | None
    frozen: bool | None
    refunds: list[TradeRefund]
    sharings: list[TradeSharing]


class TradeInput(TypedDict):
    """One part of a payment; amount in fen."""

    trade_no: str
    mchid: str
    # fen
    amount: int
    description: str


class TradeRefund(TypedDict):
    refund_no: str
    # fen
    amount: int
    status: str
    state: str
    finished_at: str | None


class TradeRefundInput(TypedDict):
    refund_no: str
    # fen
    amount: int


class TradeSharing(TypedDict):
    profit_sharing_no: str
    amount: NotRequired[int | None]
    result: NotRequired[str]
    fail_reason: NotRequired[str]


TrademarkTypeEnum = Literal[
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "10",
    "11",
    "12",
    "13",
    "14",
    "15",
    "16",
    "17",
    "18",
    "19",
    "20",
    "21",
    "22",
    "23",
    "24",
    "25",
    "26",
    "27",
    "28",
    "29",
    "30",
    "31",
    "32",
    "33",
    "34",
    "35",
    "36",
    "37",
    "38",
    "39",
    "40",
    "41",
    "42",
    "43",
    "44",
    "45",
]


# 0: Nothing; 1: Prices, stock or codes: no review; 2: Needs a review
UnsentEnum = Literal[0, 1, 2]


class Use(TypedDict):
    # When the buyer used it; now if it is left out.
    used_at: NotRequired[str]


class UserCoupon(TypedDict):
    """`status` is WeChat's, empty until the coupon was read there."""

    out_user_coupon_id: NotRequired[str]
    out_coupon_id: str
    # Masked, unless the key has the scope `personal`.
    openid: str
    status: NotRequired[int | None]
    state: str
    received_at: NotRequired[str]
    starts_at: NotRequired[str | None]
    ends_at: NotRequired[str | None]
    used_at: NotRequired[str | None]
    read_at: NotRequired[str | None]


# 1: fixed period; 2: days after receiving it; 3: seconds after receiving it
ValidTypeEnum = Literal[1, 2, 3]


class Verdict(TypedDict):
    openid: str
    # Why this person was not invited.
    fault: str


class Version(TypedDict):
    type: int
    product_cnt: int
    orderamt: int
    refund_reason_type: int
    refund_reason: NotRequired[str]
    at: str


# : Nothing; terms: Set the evening's price and stock; end: End the evening
WantedEnum = Literal["terms", "end"]


class WantedGoods(TypedDict):
    """Goods of an evening in their order, each product with those of its SKUs that get a price or a stock."""

    rows: list[WantedTerm]


class WantedTerm(TypedDict):
    """One SKU; what is left out stays, null is as the shop has it."""

    out_product_id: str
    out_sku_id: str
    # fen
    price: NotRequired[int | None]
    stock: NotRequired[int | None]


WayEnum = Literal["take", "push", "know"]


class Withdrawal(TypedDict):
    """The API only requests it: a second person approves it on its page, and the administrator scans."""

    id: int
    # fen
    amount: int
    remark: NotRequired[str]
    # Shown on the bank's statement.
    bank_memo: NotRequired[str]
    state: str
    status: str
    reason: str
    out_request_no: str | None
    asked_at: str
    approved_at: str | None
    created_at: str | None
    read_at: str | None


class WithdrawalInput(TypedDict):
    """The API only requests it: a second person approves it on its page, and the administrator scans."""

    # fen
    amount: int
    remark: NotRequired[str]
    # Shown on the bank's statement.
    bank_memo: NotRequired[str]
