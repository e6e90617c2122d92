from console.feed.kinds import Part, follow

from .models import Access, Promoter, SceneGroup, SceneItem, Sharer

follow("access", Access, number="", state="status", quiet=["read_at"])
follow(
    "scene_group",
    SceneGroup,
    number="group_id",
    state="status",
    quiet=["read_at"],
    parts=[Part(SceneItem, "group_id")],
)
follow("promoter", Promoter, quiet=["changed_at", "first_read_at", "sales_read_at"])
# Its number is an openid: other systems find it in the list.
follow("sharer", Sharer, number="", state="bind_status", quiet=["changed_at", "read_at", "sales_read_at"])
