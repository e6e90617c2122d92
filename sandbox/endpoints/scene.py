"""The scenes in which the cash register is verified (BEHAVIOUR 4.1)."""

from ..models import Account
from ..platform import Refusal, Request, endpoint

LIVE = {1176, 1177}
CHANNELS = LIVE | {1175, 1184, 1191, 1193, 1195}
RELEASED = 11


@endpoint("/shop/scene/check")
def check(request: Request) -> dict:
    scene = request.data.get("scene")
    if not isinstance(scene, int) or isinstance(scene, bool):
        raise Refusal(40097, "scene is a whole number")
    return {"is_matched": int(verified(request.account, scene) and _released(request.account))}


def verified(account: Account, scene: int) -> bool:
    return scene in (CHANNELS if account.on("all_channels_scenes") else LIVE)


def _released(account: Account) -> bool:
    """BEHAVIOUR 1.5: the verification takes effect with a release later than the access."""
    if account.opened_at is None or not account.on("verification_needs_release"):
        return True
    later = account.released_at is not None and account.released_at > account.opened_at
    return later and RELEASED in account.declared
