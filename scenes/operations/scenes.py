"""Whether an entry scene is verified (BEHAVIOUR 4.1): read from WeChat, and cached for a day."""

import time
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wechat.errors import OperationError
from wechat.shop import scene as shop
from wechat.steps.errors import InFlight
from wechat.steps.operations import Applies, operation
from wechat.steps.reading import apply_newest

from ..models import Access, Scene

WAITS = (0.1, 0.2, 0.4, 0.8, 1.5)  # seconds between attempts; a buyer is waiting to pay


@operation(on=Scene, name="check_scene", label=_("Ask WeChat"), reads=True)
def check_scene(scene: Scene, sent: dict) -> Applies:
    """Ask whether orders from this scene have to be placed at WeChat first."""
    began, is_matched = timezone.now(), shop.check(scene.scene)
    return lambda: apply_newest(scene, began, is_matched=is_matched)


class Answer(NamedTuple):
    scene: Scene
    is_stale: bool  # WeChat could not be reached: this is its last answer


def checked(number: int) -> Answer:
    """The answer for a scene: the cached one, where it is recent enough.

    Raises OperationError where WeChat cannot be reached and there is no valid answer.
    """
    scene = Scene.objects.filter(scene=number).first() or Scene.objects.get_or_create(scene=number)[0]
    if _is_recent(scene):
        return Answer(scene, False)
    try:
        _ask(scene)
    except OperationError:
        scene.refresh_from_db()
        if not _holds(scene):
            raise
        return Answer(scene, not _is_recent(scene))
    scene.refresh_from_db()
    return Answer(scene, False)


def _is_recent(scene: Scene) -> bool:
    since = timezone.now() - timedelta(hours=settings.SCENE_CHECK_HOURS)
    return _holds(scene) and scene.read_at is not None and scene.read_at > since


def _holds(scene: Scene) -> bool:
    """Whether the cached answer is valid: read since the access last opened, ended or was released."""
    turned = Access.load().turned_at
    return scene.read_at is not None and (turned is None or scene.read_at > turned)


def _ask(scene: Scene) -> None:
    """Call WeChat; where another process is calling already, wait a moment for its answer."""
    for seconds in WAITS:
        try:
            return check_scene(scene)
        except InFlight:
            time.sleep(seconds)
            scene.refresh_from_db()
            if _is_recent(scene):
                return None
    return check_scene(scene)
