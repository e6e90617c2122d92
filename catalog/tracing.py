"""Stores who changed a product outside of a form: through the API, or by using WeChat's value."""

from collections.abc import Iterator
from contextlib import contextmanager

from console.edits import trace_edit

from . import content, copies, fields, payloads
from .models import SPU, Difference


@contextmanager
def traced(spu: SPU) -> Iterator[None]:
    """Store an edit of the changes that the block makes to the product, field by field."""
    spu.load_content()
    before = payloads.product(spu)
    yield
    fresh = SPU.objects.with_content().get(pk=spu.pk)
    if changes := pairs(before, payloads.product(fresh)):
        trace_edit(spu, changes)


def pairs(before: dict, after: dict) -> dict[str, list[str]]:
    """{label of the field: [before, after]}, as text for people."""
    old, new = copies.flat(before), copies.flat(after)
    return {
        fields.label(field): [fields.shown(field, old.get(field)), fields.shown(field, new.get(field))]
        for field in copies.changed(before, after)
    }


def take_theirs(row: Difference) -> bool:
    """Replace our value with WeChat's and store the edit; False where the difference was resolved already."""
    if not Difference.objects.filter(pk=row.pk).exists():
        return False
    spu = row.spu
    spu.refresh_from_db()
    with traced(spu):
        content.take_theirs(row)
    return True
