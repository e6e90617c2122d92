from django.utils.translation import gettext_lazy as _

from console.keeping import keep

PAPERS = _("Papers and what WeChat decided on them: evidence for as long as the shop sells.")

keep("qualifications.Document", why=PAPERS)
keep("qualifications.BrandQualification", "qualifications.CategoryQualification", why=PAPERS)
keep("qualifications.BrandRound", "qualifications.CategoryRound", "qualifications.UnclaimedAudit", why=PAPERS)
