from typing import Any

from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer


class JSON(JSONRenderer):
    """JSON; where texts of the body were cleaned, `warnings` of the answer names them."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        request = (renderer_context or {}).get("request")
        paths = getattr(request, "cleaned", [])
        if paths and isinstance(data, dict):
            data = {**data, "warnings": [*data.get("warnings", []), *map(_sentence, paths)]}
        return super().render(data, accepted_media_type, renderer_context)


def _sentence(path: str) -> str:
    if not path:
        return _("The body was not whole UTF-8: broken characters were replaced.")
    return _("Characters that no page can show were taken out of “%(field)s”.") % {"field": path}
