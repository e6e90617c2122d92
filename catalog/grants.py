"""Products that waited for their category or brand: as they stand here, only the grant was missing."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from .models import SPU, EditStatus, Need, SPURound, Unsent


def _after(relation: str) -> Q:
    """Granted after the product was last changed, and still granted."""
    return Q(**{f"{relation}__granted_at__gt": F("changed_at"), f"{relation}__gone": False})


def _rejected_for(relation: str, word: str) -> Q:
    """Rejected with WeChat's word for it, and not submitted again since the grant."""
    since = SPURound.objects.filter(spu=OuterRef("pk"), submitted_at__gt=OuterRef(f"{relation}__granted_at"))
    return Q(edit_status=EditStatus.REJECTED, reject_reason__contains=word) & ~Q(Exists(since))


_CATEGORY = _after("category") & Q(category__granted=True, category__qualification_type=Need.REQUIRED)
_BRAND = _after("brand")
_NOT_IN_REVIEW = Q(edit_status=None) | ~Q(edit_status=EditStatus.IN_REVIEW)
_UNSENT = Q(unsent=Unsent.REVIEW) & _NOT_IN_REVIEW
# As indexes have it: all the others need not be looked at.
_MAY_WAIT = Q(unsent=Unsent.REVIEW) | Q(edit_status=EditStatus.REJECTED)
_SENDABLE = Q(removed_at=None) & (Q(brand=None) | Q(brand__gone=False))
_WAITED_FOR_CATEGORY = _CATEGORY & (_UNSENT | _rejected_for("category", "类目"))
_WAITED_FOR_BRAND = _BRAND & (_UNSENT | _rejected_for("brand", "品牌"))
WAITED = _SENDABLE & _MAY_WAIT & (_WAITED_FOR_CATEGORY | _WAITED_FOR_BRAND)


def waited() -> QuerySet[SPU]:
    return SPU.objects.filter(WAITED)
