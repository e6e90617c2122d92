"""A typed client of the trading console's API, with retries, paging, typed errors and verified webhooks."""

from . import schemas
from .client import TradingConsole
from .errors import (
    Changed,
    Conflict,
    ConsoleError,
    Invalid,
    NeedsVersion,
    NotAllowed,
    NotFound,
    NotSignedIn,
    NotVerified,
    Problem,
    Refused,
    TooLarge,
    TooManyRequests,
    Unavailable,
    Unreachable,
)
from .lists import changes, pages
from .webhooks import WebhookEvent, verify_webhook

__all__ = [
    "Changed",
    "Conflict",
    "ConsoleError",
    "Invalid",
    "NeedsVersion",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "NotVerified",
    "Problem",
    "Refused",
    "TooLarge",
    "TooManyRequests",
    "TradingConsole",
    "Unavailable",
    "Unreachable",
    "WebhookEvent",
    "changes",
    "pages",
    "schemas",
    "verify_webhook",
]
