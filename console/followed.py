from .feed.kinds import follow
from .models import Alert, Difference

follow(
    "alert",
    Alert,
    state="state",
    names={Alert.State.ACKNOWLEDGED: "acknowledged", Alert.State.ENDED: "ended"},
    quiet=["values", "url", "gone_at"],
    created="opened",
)

follow(
    "difference",
    Difference,
    state="state",
    names={
        Difference.State.OPEN: "opened",
        Difference.State.HEALED: "healed",
        Difference.State.TAKEN: "taken",
        Difference.State.PUSHED: "pushed",
        Difference.State.KNOWN: "known",
    },
    quiet=["seen_at", "outlook", "their_row", "push_job", "content_type", "object_id"],
    created="found",
    router_name="found-difference",
)
