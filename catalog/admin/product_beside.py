"""What is beside a product: where WeChat's copy differs, and on its timeline changes by imports and reviews."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from console import sentences, timeline
from console.beside import There

from .. import fields
from ..models import SPU, BatchChange
from ..tracing import pairs
from .product_list import REVIEW_TONES


def shown_differences(spu: SPU, there: There) -> list[dict]:
    rows = spu.differences.order_by("field") if "differences" in there else []
    return [
        {
            "row": row,
            "label": fields.label(row.field),
            "ours": fields.shown(row.field, row.ours),
            "theirs": fields.shown(row.field, row.theirs),
        }
        for row in rows
    ]


def rows_of(spu: SPU) -> dict[str, QuerySet]:
    imports = BatchChange.objects.filter(spu=spu)
    return {"differences": spu.differences.all(), "imports": imports, "reviews": spu.rounds.all()}


def by_imports(spu: SPU, span: timeline.Span) -> list[timeline.Entry]:
    if not span.may_have("imports"):
        return []
    rows = span.cut(rows_of(spu)["imports"].select_related("batch__user__api_key"), "changed_at")
    return [
        timeline.Entry(
            row.changed_at,
            "edit",
            _("%(who)s changed it by the import %(sheet)s.")
            % {"who": sentences.actor(row.batch.door, row.batch.user), "sheet": row.batch},
            changes={
                fields.label(name): [fields.shown(name, value) for value in pair] for name, pair in row.changes.items()
            },
            code="imported",
            values={"import": row.batch_id, "fields": sorted(row.changes)},
            actor=sentences.actor(row.batch.door, row.batch.user),
        )
        for row in rows
    ]


def reviews_of(spu: SPU, span: timeline.Span) -> list[timeline.Entry]:
    rounds = list(spu.rounds.order_by("id")) if span.may_have("reviews") else []
    return [
        timeline.Entry(
            review.decided_at or review.submitted_at,
            "review",
            _("Review %(number)d at WeChat: %(state)s.") % {"number": number, "state": review.status_label},
            review.status_label,
            REVIEW_TONES.get(review.status, "grey"),
            changes=pairs(rounds[number - 2].sent, review.sent) if number > 1 else None,
            text=review.reject_reason,
            code="reviewed",
            values={"number": number, "status": review.status},
        )
        for number, review in enumerate(rounds, 1)
    ]
