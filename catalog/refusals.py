"""What a product's last review rejected: what it was of, whether it has changed since, which fields it names."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.refusals import Refusal

from . import payloads
from .grants import waited
from .models import SPU, EditStatus
from .tracing import pairs

# WeChat's words for the fields of the form. Where a word does not tell which field it is, it has none: pictures may be
# of either kind, papers are the category's or the product's.
WORDS = {
    "商品标题": "title",
    "标题": "title",
    "商品主图": "head_img",
    "主图": "head_img",
    "头图": "head_img",
    "商品详情图": "imgs",
    "详情图": "imgs",
    "商品类目": "category",
    "类目资质": "",
    "类目": "category",
    "品牌资质": "",
    "品牌授权": "",
    "品牌": "brand",
    "商品资质": "qualification_pics",
    "商品路径": "path",
    "价格": "skus",
    "售价": "skus",
    "库存": "skus",
}


def refusal_of(spu: SPU) -> Refusal | None:
    """The last review, where it rejected the product; None where it did not."""
    if spu.edit_status != EditStatus.REJECTED or spu.removed_at:
        return None
    last = spu.rounds.first()
    if last is None or last.status != EditStatus.REJECTED:  # it was sent outside this console
        return Refusal(spu.reject_reason, "", pairs(spu.draft or {}, payloads.product(spu)), WORDS)
    changes = pairs(last.sent, payloads.product(spu)) if last.sent else None
    return Refusal(last.reject_reason, last.audit_id, changes, WORDS)


def question(spu: SPU) -> str | Promise:
    """What is asked before a rejected product is sent again as it was."""
    refusal = refusal_of(spu)
    if refusal is None or refusal.changes != {} or waited().filter(pk=spu.pk).exists():
        return ""
    return _("Nothing has changed since WeChat rejected it: it would be reviewed as it was.")
