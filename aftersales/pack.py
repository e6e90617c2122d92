"""An evidence pack: everything there is to say about a dispute in one page that needs nothing else."""

import base64

from django.template.loader import render_to_string
from django.utils import timezone

from wechat.masking import mask

from .models import Dispute


def made(dispute: Dispute) -> str:
    """The page, pictures inside; buyers are masked."""
    claim, order = dispute.aftersale, dispute.order or (dispute.aftersale.order if dispute.aftersale else None)
    images = [*dispute.evidence_images.all(), *(claim.certificates.all() if claim else [])]
    context = {
        "dispute": dispute,
        "claim": claim,
        "order": order,
        "buyer": mask(order.openid) if order else "",
        "changes": list(reversed(claim.changes.all())) if claim else [],
        "versions": list(claim.versions.all()) if claim else [],
        "lines": list(order.lines.all()) if order else [],
        "parcels": list(order.parcels.prefetch_related("items__line")) if order else [],
        "evidence": list(dispute.evidence.all()),
        "pictures": [picture for image in images if (picture := _inside(image))],
        "made_at": timezone.localtime(),
    }
    return render_to_string("admin/evidence_pack.html", context)


def _inside(image) -> dict | None:
    if not image.file:
        return None
    with image.file.open("rb") as file:
        content = base64.b64encode(file.read()).decode()
    return {"name": image.name, "source": f"data:{image.content_type};base64,{content}"}
