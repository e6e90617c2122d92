"""What can go wrong between us and WeChat, and what each error code means (BEHAVIOUR section 12).

A call ends in `Refused` (WeChat said no), `Unreachable` (we do not know whether WeChat acted) or `Paused` (the rate
limit is reached). `wechat.steps.errors` has the errors that stop an operation on our side.
"""

import re
from enum import Enum
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wechat.written_meanings import text_of, who_of


class OperationError(Exception):
    """Base of every error for which an operation was not completed."""


class Unreachable(OperationError):
    """No answer, or none that says what happened: the platform may or may not have acted."""


class UnreadableAnswer(Unreachable):
    """WeChat answered, and the answer is not what its document says: asking again may bring the same."""


class NotSent(Unreachable):
    """No connection could be opened, so nothing was sent and nothing happened at WeChat."""


class AnotherMiniProgram(NotSent):
    """The database belongs to another mini program than the settings name (`wechat.belonging`)."""


class Paused(OperationError):
    """The endpoint's rate limit is reached; nothing was sent. Retry after `seconds`."""

    def __init__(self, endpoint: str, seconds: float) -> None:
        self.endpoint, self.seconds = endpoint, seconds
        super().__init__(
            _("The rate limit of %(endpoint)s is reached; retry in %(seconds)d s.")
            % {"endpoint": endpoint, "seconds": max(1, round(seconds))}
        )


class Resting(Paused):
    """The endpoint kept giving no answer, so nothing was sent. Retry after `seconds`."""

    def __init__(self, endpoint: str, seconds: float) -> None:
        text = _("WeChat gives no answer at %(endpoint)s at the moment, so nothing was sent; retry in %(seconds)d s.")
        OperationError.__init__(self, text % {"endpoint": endpoint, "seconds": max(1, round(seconds))})
        self.endpoint, self.seconds = endpoint, seconds


class NoPlace(Paused):
    """As many requests as may wait for WeChat's answer already, so nothing was sent. Retry after `seconds`."""

    def __init__(self) -> None:
        OperationError.__init__(self, _("Too many requests wait for WeChat at the moment, so nothing was sent."))
        self.endpoint, self.seconds = "", 1


class Stopped(Paused):
    """This process was told to stop; nothing was sent."""

    def __init__(self) -> None:
        OperationError.__init__(self, _("The command was stopped before this was sent."))
        self.endpoint, self.seconds = "", 0


class Action(Enum):
    """What to do about an error; the values are the letters of BEHAVIOUR section 12."""

    RETRY = "R"
    TOKEN = "T"  # noqa: S105
    FIX = "F"
    STATE = "S"
    QUOTA = "Q"
    PLATFORM = "P"
    NONE = "-"


class Meaning(NamedTuple):
    action: Action
    text: str | Promise
    who: str | Promise


STAFF, DEVELOPER, ADMINISTRATOR, NOBODY = (
    _("Business staff, on this record"),
    _("A developer"),
    _("The mini program's administrator, on WeChat's pages"),
    _("Nobody needs to: it is tried again"),
)
R, T, F, S, Q, P, N = Action

MEANINGS = {
    -1: Meaning(R, _("WeChat's system is busy. It may or may not have done what we asked."), NOBODY),
    -2: Meaning(F, _("WeChat found a wrong parameter."), DEVELOPER),
    40001: Meaning(T, _("The access token is not the latest one."), NOBODY),
    40002: Meaning(F, _("The grant type of the access token is wrong."), DEVELOPER),
    40003: Meaning(F, _("The openid is wrong."), DEVELOPER),
    40013: Meaning(P, _("The AppID is wrong. Check WECHAT_APPID."), DEVELOPER),
    40014: Meaning(T, _("The access token is malformed."), NOBODY),
    40066: Meaning(F, _("This address does not exist at WeChat."), DEVELOPER),
    40097: Meaning(F, _("WeChat found a wrong parameter."), DEVELOPER),
    40125: Meaning(P, _("The AppSecret is wrong. Check WECHAT_SECRET."), DEVELOPER),
    40164: Meaning(
        P, _("This server's address is not on the mini program's IP whitelist. Add it there."), ADMINISTRATOR
    ),
    41001: Meaning(F, _("The access token is missing."), DEVELOPER),
    41002: Meaning(F, _("The AppID is missing. Set WECHAT_APPID."), DEVELOPER),
    41004: Meaning(F, _("The AppSecret is missing. Set WECHAT_SECRET."), DEVELOPER),
    42001: Meaning(T, _("The access token has expired."), NOBODY),
    43001: Meaning(F, _("WeChat wants a GET here."), DEVELOPER),
    43002: Meaning(F, _("WeChat wants a POST here."), DEVELOPER),
    44002: Meaning(F, _("The body was empty."), DEVELOPER),
    45009: Meaning(
        Q, _("Today's calls to this interface are used up. They return tomorrow, or can be reset."), ADMINISTRATOR
    ),
    45011: Meaning(Q, _("Too many calls in this minute."), NOBODY),
    47001: Meaning(F, _("The body was not JSON as WeChat wants it."), DEVELOPER),
    48001: Meaning(
        P, _("No permission for this interface: open the component and the merchant account first."), ADMINISTRATOR
    ),
    48006: Meaning(Q, _("The quota has been reset too often."), ADMINISTRATOR),
    61004: Meaning(P, _("The third-party platform's exit address is not registered."), DEVELOPER),
    61007: Meaning(P, _("The permission set is not granted to the third-party platform."), ADMINISTRATOR),
    87014: Meaning(F, _("The content breaks WeChat's rules. Change the wording or the picture."), STAFF),
    89503: Meaning(P, _("The administrator must approve this server's address."), ADMINISTRATOR),
    89506: Meaning(P, _("The administrator refused this server's address. Ask again in 24 hours."), ADMINISTRATOR),
    89507: Meaning(P, _("The administrator refused this server's address. Ask again in an hour."), ADMINISTRATOR),
    300000: Meaning(Q, _("Too many calls at this moment."), NOBODY),
    990001: Meaning(F, _("The openid is wrong."), DEVELOPER),
    990002: Meaning(F, _("The openid is wrong."), DEVELOPER),
    990004: Meaning(F, _("The openid is missing."), DEVELOPER),
    990005: Meaning(F, _("Too many rows were asked for on one page."), DEVELOPER),
    990007: Meaning(F, _("A parameter is missing."), DEVELOPER),
    990008: Meaning(F, _("A value is too long."), STAFF),
    990009: Meaning(F, _("The start lies after the end."), STAFF),
    990010: Meaning(R, _("WeChat's system is busy. It may or may not have done what we asked."), NOBODY),
    990022: Meaning(F, _("WeChat does not support this operation for this order."), DEVELOPER),
    100000: Meaning(S, _("The state at WeChat does not allow this. The record is read again."), STAFF),
    1040002: Meaning(
        P, _("The standard version of the component is on. Switch it off on WeChat's pages, then apply again."),
        ADMINISTRATOR,
    ),
    1040003: Meaning(P, _("The mini program has not joined the trading component yet."), ADMINISTRATOR),
    1040004: Meaning(S, _("An earlier step of the access is not finished, or this one is over already."), STAFF),
    1040005: Meaning(S, _("WeChat's limit of people, or of changes in a year, is reached."), STAFF),
    1040035: Meaning(
        F, _("WeChat did not take the category. Often the scene group is missing: check WECHAT_SCENE_GROUPS."),
        DEVELOPER,
    ),
    1040042: Meaning(
        F, _("Customer service must include WeChat's official one. Add it in the service settings."), STAFF
    ),
    1000042: Meaning(P, _("The component's scene is not opened yet."), ADMINISTRATOR),
    1050003: Meaning(S, _("WeChat has approved this category already."), NOBODY),
    1050006: Meaning(N, _("WeChat holds no earlier certificates of this kind."), NOBODY),
    1050011: Meaning(S, _("This category needs no application: it is yours already."), NOBODY),
    1000001: Meaning(F, _("WeChat did not see the product's id. A developer has to look at what was sent."), DEVELOPER),
    1000002: Meaning(
        S, _("The product is in review and cannot be sent again. Wait, or press “Withdraw and submit again”."), STAFF
    ),
    1000003: Meaning(S, _("WeChat has never approved this product, so this is not possible yet."), STAFF),
    1000004: Meaning(
        F, _("One of the SKUs is new to WeChat. New SKUs go through review: press “Submit for review”."), STAFF
    ),
    1000005: Meaning(F, _("The category is not granted. Apply for it under “Category applications”."), STAFF),
    1000006: Meaning(F, _("The brand is not granted. Apply for it under “Brand applications”."), STAFF),
    1000007: Meaning(F, _("The category is not one of the third level. Choose another."), STAFF),
    1000008: Meaning(F, _("This category asks for product qualification pictures. Add them to the product."), STAFF),
    1000009: Meaning(F, _("WeChat does not know the category. Pull all categories, then choose again."), STAFF),
    1000011: Meaning(F, _("WeChat does not have this product, or it may not be deleted now."), STAFF),
    1000012: Meaning(
        S, _("WeChat has used this product id before. A deleted id is never free again: choose another."), STAFF
    ),
    1000013: Meaning(Q, _("WeChat was changing this product at the same moment. It is tried again shortly."), NOBODY),
    1000014: Meaning(F, _("A field that WeChat asks for is empty."), STAFF),
    1000015: Meaning(F, _("A new SKU needs a stock above zero."), STAFF),
    1000016: Meaning(S, _("The product is not in review. It is read again."), STAFF),
    1000017: Meaning(Q, _("WeChat kept the product but did not hand it to review. It is pushed again."), NOBODY),
    1000019: Meaning(Q, _("This product was submitted too often in the last hour. It is tried again then."), NOBODY),
    1000020: Meaning(F, _("The product has no SKU. Add at least one, also when there is only one kind."), STAFF),
    1000021: Meaning(P, _("A problem with the deposit keeps WeChat from reviewing. See its pages."), ADMINISTRATOR),
    1000040: Meaning(F, _("The category no longer exists. Pull all categories, then choose again."), STAFF),
    1000045: Meaning(F, _("The title breaks the rules of its category. Change its wording."), STAFF),
    9401001: Meaning(S, _("WeChat has this product already."), STAFF),
    9401002: Meaning(F, _("WeChat does not have this product."), STAFF),
    9401020: Meaning(F, _("WeChat found a wrong parameter."), DEVELOPER),
    9401021: Meaning(P, _("No permission for products: check the component's access."), ADMINISTRATOR),
    9401023: Meaning(S, _("WeChat does not let this product be changed in its state. It is read again."), STAFF),
    1070001: Meaning(F, _("The picture is empty or could not be read. Choose another file."), STAFF),
    1070010: Meaning(F, _("A picture does not come from WeChat's own upload. Upload the file again."), STAFF),
    1070013: Meaning(F, _("A picture does not come from WeChat's own upload. Upload the file again."), STAFF),
    1000000: Meaning(S, _("The order's state at WeChat does not allow this. The order is read again."), STAFF),
    1010001: Meaning(F, _("The order's number is missing."), DEVELOPER),
    1010002: Meaning(F, _("Some of the goods are not in the order."), STAFF),
    1010003: Meaning(F, _("The goods of the order are not as WeChat wants them."), DEVELOPER),
    1010004: Meaning(
        F, _("The payment's details are missing: own-merchant orders need prepay_id and prepay_time."), DEVELOPER
    ),
    1010005: Meaning(F, _("The price's details are not as WeChat wants them."), DEVELOPER),
    1010006: Meaning(F, _("The address is not as WeChat wants it."), DEVELOPER),
    1010007: Meaning(F, _("The delivery's details are not as WeChat wants them."), DEVELOPER),
    1010008: Meaning(F, _("A time is not as WeChat wants it."), DEVELOPER),
    1010009: Meaning(F, _("A field of the order is not as WeChat wants it."), DEVELOPER),
    1010010: Meaning(F, _("A field of the order is not as WeChat wants it."), DEVELOPER),
    1010011: Meaning(F, _("WeChat has no order with this number for this buyer."), DEVELOPER),
    1010014: Meaning(F, _("The openid does not belong to this mini program, or the body was not JSON."), DEVELOPER),
    1010015: Meaning(F, _("Goods that were never uploaded need title, path and picture in the order."), DEVELOPER),
    1010034: Meaning(S, _("The address can no longer be changed."), STAFF),
    1010040: Meaning(F, _("The amounts of the order do not add up."), DEVELOPER),
    1010042: Meaning(F, _("Some goods are in no parcel yet, so the order is not shipped whole."), STAFF),
    1010043: Meaning(S, _("The order is paid or cancelled already."), STAFF),
    1010044: Meaning(F, _("WeChat could not ask for the payment; its own words say why."), DEVELOPER),
    1010045: Meaning(R, _("WeChat could not compute the payment's parameters."), NOBODY),
    1010047: Meaning(F, _("Only orders of the merchant account at WeChat have payment parameters."), DEVELOPER),
    1010050: Meaning(S, _("WeChat knows of this payment by itself; nothing has to be reported."), NOBODY),
    1010051: Meaning(S, _("The price is zero: there is nothing to pay."), NOBODY),
    1020004: Meaning(F, _("The order has no such goods."), STAFF),
    2747002: Meaning(F, _("WeChat found a wrong parameter."), DEVELOPER),
    2747003: Meaning(F, _("A picture could not be taken in. Choose another one."), STAFF),
    2747006: Meaning(F, _("WeChat does not have this order."), DEVELOPER),
    2747007: Meaning(F, _("WeChat does not have this after-sale."), DEVELOPER),
    2747008: Meaning(S, _("The after-sale's state at WeChat does not allow this. It is read again."), STAFF),
    2747009: Meaning(F, _("The refund failed; look whether the balance is large enough."), STAFF),
    2747010: Meaning(F, _("A picture does not come from WeChat's own upload. Upload the file again."), STAFF),
    2747012: Meaning(F, _("The after-sale's number is missing."), DEVELOPER),
    2747013: Meaning(S, _("There is such an after-sale already."), STAFF),
    2747014: Meaning(F, _("The amount is higher than what may be refunded."), STAFF),
    2747016: Meaning(F, _("The after-sale was changed too often; WeChat takes no more changes."), STAFF),
    2747018: Meaning(F, _("The order's number is wrong."), DEVELOPER),
    2747020: Meaning(
        F, _("No after-sale of these goods: one is open, there were five, or the days for them are over."), STAFF
    ),
    2747021: Meaning(F, _("The order has no such goods."), STAFF),
    2747024: Meaning(F, _("Goods that were not shipped can only be refunded."), STAFF),
    2747025: Meaning(F, _("The return address is not as WeChat wants it."), STAFF),
    2747026: Meaning(Q, _("WeChat works on another after-sale of this order. It is tried again in a moment."), NOBODY),
    2747027: Meaning(F, _("The order is paid to your own merchant number: keep the after-sale yourself."), STAFF),
    9700200: Meaning(R, _("WeChat could not list the after-sales."), NOBODY),
    # sharer/unbind returns no reasons, only fail_list and refuse_list: by the result_code they stand for.
    1: Meaning(Q, _("WeChat could not unbind this person now. It is tried again in a moment."), NOBODY),
    2: Meaning(S, _("WeChat does not unbind this person: not bound, or bound for less than 30 days."), STAFF),
    # Reasons in the results of sharer/bind, each about one person (BEHAVIOUR 6.1).
    100: Meaning(Q, _("WeChat is busy with this invitation. It is tried again in a moment."), NOBODY),
    200: Meaning(P, _("A mini program has at most 10,000 sharers. Unbind some first."), STAFF),
    201: Meaning(F, _("The openid is wrong: it has to be one of this mini program's."), STAFF),
    202: Meaning(S, _("This person is a sharer already."), STAFF),
    203: Meaning(F, _("This person wants no further invitations. Do not ask again."), STAFF),
    204: Meaning(S, _("Invited too often: 3 times a day, once in 10 minutes. Wait."), STAFF),
    9710001: Meaning(N, _("WeChat has nothing to show for this."), NOBODY),
    60208: Meaning(F, _("WeChat does not know this QR code. Ask for a new one."), STAFF),
    60220: Meaning(F, _("The QR code has expired. Ask for a new one."), STAFF),
    1090005: Meaning(F, _("WeChat has no such coupon, or no stock of it."), STAFF),
    1090020: Meaning(F, _("WeChat asked for a coupon and our answer was not as it wants it."), DEVELOPER),
    1090032: Meaning(P, _("WeChat could not reach our address for coupons."), DEVELOPER),
    1010053: Meaning(P, _("The interface is too old: upgrade the component on WeChat's page."), ADMINISTRATOR),
}  # fmt: skip
UNKNOWN = Meaning(Action.FIX, _("WeChat gave a reason that is not in our table; its own words are beside."), DEVELOPER)

# Codes after which this record is retried, in seconds, while the endpoint may be called for other records.
WAITS = {1: 5, 100: 5, 1000013: 2, 1000017: 60, 1000019: 3600, 2747026: 2}

_RID = re.compile(r"rid:\s*([0-9a-zA-Z-]+)\s*$")


class Refused(OperationError):
    """WeChat refused: `errcode`, `errmsg` and `rid` come from its answer, `meaning` is our explanation."""

    def __init__(self, endpoint: str, errcode: int, errmsg: str = "") -> None:
        self.endpoint, self.errcode, self.errmsg = endpoint, errcode, errmsg or ""
        super().__init__(endpoint, errcode)

    def __str__(self) -> str:
        return f"{self.errcode} {self.errmsg}".strip()

    @property
    def rid(self) -> str:
        return rid_of(self.errmsg)

    @property
    def meaning(self) -> Meaning:
        return meaning_of(self.errcode)


class InvalidToken(Refused):
    """The access token is no longer valid: fetch a new one and repeat the call once."""


class BadInput(Refused):
    """What we sent has to be corrected."""


class StateConflict(Refused):
    """The state of the object at WeChat does not allow it: read it again."""


class QuotaReached(Refused):
    """WeChat counted too many calls: this endpoint is paused."""


class Later(Refused):
    """Nothing happened; retry for this record after `seconds`. The endpoint may be called for other records."""

    @property
    def seconds(self) -> int:
        return WAITS[self.errcode]


class SetupNeeded(Refused):
    """Something has to be set up on the platform first."""


class Busy(Unreachable):
    """WeChat answered that it is busy: it may or may not have acted."""

    def __init__(self, endpoint: str, errcode: int, errmsg: str = "") -> None:
        self.endpoint, self.errcode, self.errmsg = endpoint, errcode, errmsg or ""
        super().__init__(f"{errcode} {self.errmsg}".strip())


_KINDS = {T: InvalidToken, F: BadInput, S: StateConflict, Q: QuotaReached, P: SetupNeeded, N: Refused}


def meaning_of(errcode: int) -> Meaning:
    """Ours, else what the team wrote about this code, which is only read where a person reads it."""
    return MEANINGS.get(errcode) or Meaning(
        UNKNOWN.action, text_of(errcode, UNKNOWN.text), who_of(errcode, UNKNOWN.who)
    )


def rid_of(errmsg: str) -> str:
    """The request id at the end of WeChat's errmsg, which their support can look up for 7 days."""
    match = _RID.search(errmsg or "")
    return match.group(1) if match else ""


def error_for(endpoint: str, errcode: int, errmsg: str = "") -> Refused | Busy:
    """The typed error of an answer whose errcode is not 0."""
    if errcode in WAITS:
        return Later(endpoint, errcode, errmsg)
    action = meaning_of(errcode).action
    return Busy(endpoint, errcode, errmsg) if action is R else _KINDS[action](endpoint, errcode, errmsg)
