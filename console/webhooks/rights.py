"""What a webhook may tell: events of records that whoever answers for it may view now."""

from collections.abc import Callable, Iterable

from ..feed.kinds import kinds
from ..models import APIKey, WebhookEndpoint


def unseen(events: Iterable[str], may: Callable[[str], bool]) -> list[str]:
    """The kinds among these events whose records somebody may not view, by who has which permission."""
    named = {name.partition(".")[0] for name in events}
    return sorted(name for name in named & kinds.keys() if not may(kinds[name].permission))


def lost(endpoint: WebhookEndpoint) -> list[str]:
    """The kinds that whoever answers for it may not view any more; three queries for any number of kinds."""
    account = endpoint.created_by
    key = APIKey.objects.select_related("user", "created_by").filter(user=account).first()
    if key is None:
        return unseen(endpoint.events, account.has_perm)
    # A key does no more than its maker may, and nothing once it is over.
    return unseen(
        endpoint.events,
        lambda permission: key.is_usable and key.grants(permission) and key.created_by.has_perm(permission),
    )
