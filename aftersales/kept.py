from django.utils.translation import gettext_lazy as _

from console.keeping import keep
from orders.kept import LAW

WORDS = {"refund_reason": "", "media_list": []}  # and pictures

keep(
    "aftersales.Aftersale",
    why=LAW,
    personal=[*WORDS, "return_info", "reject_reason", "refund_desc", "certificates"],
    buyer=["order__openid"],
    blank={**WORDS, "return_info": {}, "reject_reason": "", "refund_desc": ""},
)
keep("aftersales.ClaimVersion", why=LAW, personal=WORDS, buyer=["aftersale__order__openid"], blank=WORDS)
keep("aftersales.ClaimChange", why=LAW, personal=["note"], buyer=["aftersale__order__openid"], blank={"note": ""})
keep(
    "aftersales.Dispute",
    why=LAW,
    personal=["flow", "evidence_text", "evidence_images"],
    buyer=["order__openid", "aftersale__order__openid"],
    blank={"phone_number": None, "flow": [], "evidence_text": ""},
)
keep(
    "aftersales.Evidence",
    why=LAW,
    personal=["content", "links"],
    buyer=["dispute__order__openid", "dispute__aftersale__order__openid"],
    blank={"content": "", "links": []},
)
keep(
    "aftersales.Complaint",
    why=LAW,
    personal=["content", "told", "answer"],
    buyer=["openid"],
    blank={"openid": "", "phone_number": None, "content": "", "told": {}, "answer": ""},
)
keep("aftersales.SavedReply", why=_("Made by people: few rows."))
