"""What a product's last review rejected: what it was of, whether it has changed since, which fields it names."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.refusals import Refusal

from . import copies, payloads
from .grants import waited
from .models import SPU, EditStatus, SPURound
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
    if not _is_rejected(spu):
        return None
    last, content = _rejected(spu)
    changes = pairs(content, payloads.product(spu)) if content else None
    return Refusal(last.reject_reason if last else spu.reject_reason, last.audit_id if last else "", changes, WORDS)


def question(spu: SPU) -> str | Promise:
    """What is asked before a rejected product is sent again as it was; its stock, which sales lower, is no change."""
    if not _is_rejected(spu) or not (content := _rejected(spu)[1]):
        return ""
    changed = [field for field in copies.changed(content, payloads.product(spu)) if not field.endswith(".stock_num")]
    if changed or waited().filter(pk=spu.pk).exists():
        return ""
    return _("Nothing has changed since WeChat rejected it: it would be reviewed as it was.")


def _is_rejected(spu: SPU) -> bool:
    return spu.edit_status == EditStatus.REJECTED and not spu.removed_at


def _rejected(spu: SPU) -> tuple[SPURound | None, dict]:
    """The rejected round and what it was of; no round where the product was sent outside this console."""
    last = spu.rounds.first()
    if last is None or last.status != EditStatus.REJECTED:
        return None, spu.draft or {}
    return last, last.sent
