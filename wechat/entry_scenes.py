"""The names of the scenes through which buyers enter."""

from django.utils.translation import gettext_lazy as _

# Entry scenes named in BEHAVIOUR 4.1; 1176 and 1177 are confirmed by the platform's employees, the others inferred.
KNOWN_SCENES = {
    1175: _("Channels: home and shop"),
    1176: _("Live room, as its anchor sees it"),
    1177: _("Live room, goods opened by a viewer"),
    1184: _("Channels: link"),
    1191: _("Channels: activity"),
    1193: _("Channels home: service menu"),
    1195: _("Channels home: goods"),
}


def scene_label(scene: int | None) -> str:
    """Its name with its number, the number alone where it has no name here; "–" without one."""
    if scene is None:
        return "–"
    return f"{KNOWN_SCENES[scene]} ({scene})" if scene in KNOWN_SCENES else str(scene)
