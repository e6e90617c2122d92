"""What can go wrong: every error is a `ConsoleError`."""

from typing import Any


class ConsoleError(Exception):
    """Any error of this client."""


class Unreachable(ConsoleError):
    """There was no answer: whether the console acted is not known. Repeat it where that is safe, or read the record."""


class NotVerified(ConsoleError):
    """A webhook that was not signed with this secret, or long ago."""


class Problem(ConsoleError):
    """The console's answer when it did not do what it was asked; see its subclasses."""

    status = 0

    def __init__(self, status: int, answer: dict[str, Any], retry_after: float | None = None) -> None:
        self.status = status
        self.answer = answer
        self.retry_after = retry_after  # seconds
        self.detail: str = str(answer.get("detail", ""))
        self.fields: dict[str, list[str]] = answer.get("fields") or {}  # sentences by the path of the field
        self.errcode: int | None = answer.get("errcode")  # these three are WeChat's
        self.errmsg: str = answer.get("errmsg") or ""
        self.rid: str = answer.get("rid") or ""
        super().__init__(f"{status} {self.detail}".strip())


class Invalid(Problem):
    """400: what was sent is not right; `fields` says where. Nothing was done."""


class NotSignedIn(Problem):
    """401: the key is unknown or revoked."""


class NotAllowed(Problem):
    """403: the key has no scope for this."""


class NotFound(Problem):
    """404: there is no such record."""


class Conflict(Problem):
    """409: the record's state does not allow it, or there is other content under this number or key."""


class Changed(Problem):
    """412: somebody else saved the record since it was read; read it again."""


class TooLarge(Problem):
    """413: the body is too large."""


class Refused(Problem):
    """422: WeChat refused; `errcode`, `errmsg` and `rid` are its words. A repeat gets the same answer."""


class NeedsVersion(Problem):
    """428: send the ETag with which the record was read, as `if_match`."""


class TooManyRequests(Problem):
    """429: the key asked too often, and did after the client's own waiting."""


class Unavailable(Problem):
    """503: WeChat is slow or unavailable; `retry_after` says when to repeat. An order is stored already."""


BY_STATUS: dict[int, type[Problem]] = {
    400: Invalid,
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    412: Changed,
    413: TooLarge,
    422: Refused,
    428: NeedsVersion,
    429: TooManyRequests,
    503: Unavailable,
}


def problem_of(status: int, answer: dict[str, Any], retry_after: float | None = None) -> Problem:
    return BY_STATUS.get(status, Problem)(status, answer, retry_after)
