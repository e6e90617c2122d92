"""Papers of products: a new one is a change that needs a review."""

from typing import Any

from console.papers import Uses, uses_papers
from wechat.models import Image

from . import content
from .models import SPU, SPUPicture

Kind = SPUPicture.Kind


@uses_papers
def of_products(image: Image) -> Uses:
    pictures = SPUPicture.objects.filter(image=image, kind=Kind.QUALIFICATION)
    return Uses(SPU.objects.current().filter(pk__in=pictures.values("spu")), why_not=lambda spu: "", replace=_replace)


def _replace(spu: Any, old: Image, new: Image) -> None:
    images = [new if image == old else image for image in spu.links(Kind.QUALIFICATION)]
    content.set_pictures(spu, Kind.QUALIFICATION, list(dict.fromkeys(images)))
    content.update_unsent(spu)
