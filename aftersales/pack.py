"""The evidence pack: everything known of a dispute in one self-contained HTML file."""

import base64

from django.template.loader import render_to_string
from django.utils import timezone

from wechat.masking import mask
from wechat.models import Image

from .models import Dispute


def page(dispute: Dispute) -> str:
    """The HTML, with embedded pictures; buyers are masked."""
    aftersale = dispute.aftersale
    order = dispute.order or (aftersale.order if aftersale else None)
    images = [*dispute.evidence_images.all(), *(aftersale.certificates.all() if aftersale else [])]
    context = {
        "dispute": dispute,
        "aftersale": aftersale,
        "order": order,
        "buyer": mask(order.openid) if order else "",
        "changes": list(reversed(aftersale.changes.all())) if aftersale else [],
        "versions": list(aftersale.versions.all()) if aftersale else [],
        "lines": list(order.lines.all()) if order else [],
        "parcels": list(order.parcels.prefetch_related("items__line")) if order else [],
        "evidence": list(dispute.evidence.all()),
        "pictures": [picture for image in images if (picture := _embedded(image))],
        "made_at": timezone.localtime(),
    }
    return render_to_string("admin/evidence_pack.html", context)


def _embedded(image: Image) -> dict[str, str] | None:
    if not image.file:
        return None
    with image.file.open("rb") as file:
        content = base64.b64encode(file.read()).decode()
    return {"name": image.name, "source": f"data:{image.content_type};base64,{content}"}
