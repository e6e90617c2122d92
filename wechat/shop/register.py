from wechat import client
from wechat.errors import UnreadableAnswer


def apply() -> None:
    """Request access: WeChat sends the administrator an agreement to sign, so success does not mean access."""
    client.post("/shop/register/apply")


def check() -> dict:
    """The state of the access: {status, access_info, scene_group_list}; refused with 1040003 before access."""
    data = client.post("/shop/register/check").get("data")
    if not isinstance(data, dict) or not str(data.get("status")).removeprefix("-").isdigit():
        raise UnreadableAnswer("register/check answered without a status")
    return data


def finish_access_info(access_info_item: int) -> None:
    """Declare a task of the access done: 6 products, 7 orders, 8 delivery, 9 after-sales, 10 tested, 11 released."""
    client.post("/shop/register/finish_access_info", {"access_info_item": access_info_item})


def apply_scene(scene_group_id: int) -> None:
    """Apply for a scene group; 1 is Channels and Official Accounts."""
    client.post("/shop/register/apply_scene", {"scene_group_id": scene_group_id})
