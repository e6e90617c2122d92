from wechat import client


def check(scene: int) -> bool:
    """Whether orders from this entry scene have to go through the component."""
    return bool(int(client.post("/shop/scene/check", {"scene": scene}).get("is_matched") or 0))
