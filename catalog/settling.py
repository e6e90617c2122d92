"""Changes of a product that come through no form, with the trace of who made them."""

from contextlib import contextmanager

from console.edits import trace_edit

from . import adoption, copies, payloads, roads
from .models import SPU, Difference


@contextmanager
def traced(spu: SPU):
    """Keep what changes in the product inside, field by field."""
    spu.load_content()
    before = payloads.product(spu)
    yield
    fresh = SPU.objects.with_content().get(pk=spu.pk)
    changes = pairs(before, payloads.product(fresh))
    if changes:
        trace_edit(spu, changes)


def pairs(before: dict, after: dict) -> dict[str, list[str]]:
    """{field as the form calls it: [before, after]}, in words."""
    old, new = copies.flat(before), copies.flat(after)
    return {
        roads.label(field): [roads.words(field, old.get(field)), roads.words(field, new.get(field))]
        for field in copies.changed(before, after)
    }


def take_theirs(row: Difference) -> bool:
    """Settle it WeChat's way, and keep who did; False when it is settled already."""
    if not Difference.objects.filter(pk=row.pk).exists():
        return False
    spu = row.spu
    spu.refresh_from_db()
    with traced(spu):
        adoption.take_theirs(row)
    return True
