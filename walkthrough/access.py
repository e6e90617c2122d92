"""Steps 1, 2 and 8 to 12: access, declarations, and the scene to sell in."""

from django.utils import timezone
from django.utils.translation import gettext as _

from . import board
from .client import Client, Failed

PROMOTER = "WALK_1"


def request_access(client: Client) -> None:
    if not board.is_completed(client, 1):
        client.operate("access/apply_access/")
        client.sandbox("sign")
    board.wait_until_completed(client, 1)


def develop(client: Client) -> None:
    board.tick(client, 2)
    board.wait_until_completed(client, 2)


def confirm_tested(client: Client) -> None:
    board.finish(client, 8, "confirm_tested")


def confirm_released(client: Client) -> None:
    if not board.is_completed(client, 9):
        client.sandbox("release")
        client.post("access/release/", {"released_at": timezone.now().isoformat()})
    board.finish(client, 9, "confirm_released")


def apply_scene(client: Client) -> None:
    group = client.get("scene-groups/1/")
    if group["status"] not in (0, 1) or board.state(client, 10) == "failed":
        client.operate("scene-groups/1/apply_scene/")
    if not board.is_completed(client, 10):
        client.sandbox("pass_scene", group="1")
    board.wait_until_completed(client, 10)


def follow_scene_guide(client: Client) -> None:
    """Bind a promoter, and check that WeChat verifies orders of the scene."""
    if not client.get("promoters/")["results"]:
        promoter = {"promoter_id": PROMOTER, "promoter_openid": "oWalkthrough_promoter_0000001"}
        client.sandbox("bind_promoter", **promoter, finder_nickname="茶里的直播间")
        client.press("/admin/scenes/promoter/", "pull_promoters")
    if not client.post("scene-check/", {"scene": 1177})["is_matched"]:
        raise Failed(_("WeChat does not verify scene 1177 yet."))
    board.wait_until_completed(client, 11)


def put_goods_into_scene(client: Client) -> None:
    board.tick(client, 12)
    board.wait_until_completed(client, 12)
