from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ScenesConfig(AppConfig):
    name = "scenes"
    verbose_name = _("Access and live rooms")

    def ready(self) -> None:
        post_migrate.connect(begin, sender=self, dispatch_uid="scenes")


def begin(using: str, **kwargs: Any) -> None:
    """Create records of the known scenes and groups, after each migration."""
    from wechat.entry_scenes import KNOWN_SCENES

    from .models import Scene, SceneGroup
    from .models.scene import CHANNELS_GROUP, UNION_GROUP

    if using == "default":
        for group_id in (CHANNELS_GROUP, UNION_GROUP):
            SceneGroup.objects.get_or_create(group_id=group_id)
        Scene.objects.bulk_create([Scene(scene=number) for number in KNOWN_SCENES], ignore_conflicts=True)
