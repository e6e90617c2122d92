"""Errors that stop an operation on our side; errors of the call to WeChat are in `wechat.errors`."""

from wechat.errors import OperationError


class Conflict(OperationError):
    """The record's state does not allow this now, or another step is open on it."""


class Incomplete(Conflict):
    """Something the record needs is missing; `fields` maps each field to its sentences."""

    def __init__(self, fields: dict[str, list]) -> None:
        self.fields = fields
        super().__init__(" ".join(str(line) for lines in fields.values() for line in lines))


class Asked(Conflict):
    """Nothing was sent: it now waits for a second person."""


class Unconfirmed(Conflict):
    """Nothing was sent: the message asks whether it is meant, and a person has to confirm it."""


class InFlight(Conflict):
    """Another step is open on the record, perhaps the same operation: retry in `seconds`."""

    seconds = 1


class NotDone(Exception):
    """A recovery read back that WeChat did not act: it is asked again, if the record's state still allows it.

    With a reason it is not asked again: what it was asked about is no longer what it was.
    """
