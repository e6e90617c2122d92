"""How a person or a program came in (`wechat.steps.actors`), in words."""

from django.utils.translation import gettext_lazy

DOORS = {
    "admin": gettext_lazy("pages"),
    "api": gettext_lazy("API"),
    "command": gettext_lazy("command"),
    "schedule": gettext_lazy("schedule"),
    "callback": gettext_lazy("message from WeChat"),
}


def door_label(door: str) -> str:
    return str(DOORS.get(door, door))
