from console.feed.kinds import Part, follow

from .models import AuditStatus, BrandQualification, BrandRound, CategoryQualification, CategoryRound

NAMES = {AuditStatus.APPROVED: "approved", AuditStatus.REJECTED: "rejected"}


def _rounds(model: type) -> list[Part]:
    return [Part(model, "qualification_id", state="status", names=NAMES, quiet=["read_at"])]


follow("brand_qualification", BrandQualification, quiet=["changed_at"], parts=_rounds(BrandRound))
follow("category_qualification", CategoryQualification, quiet=["changed_at"], parts=_rounds(CategoryRound))
