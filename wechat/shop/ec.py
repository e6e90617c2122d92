"""Rules of categories; documented only for WeChat's newer kind of shop, and not in BEHAVIOUR."""

from wechat import client


def category_getcategoryrule(category_id: int, rule_id: int) -> dict:
    """{deposit (fen), list: [{deliver_type, acct_type}]}: what a category requires, and how it may be shipped."""
    answer = client.post("/shop/ec/category/getcategoryrule", {"category_id": category_id}, {"rule_id": rule_id})
    return {"deposit": int(answer.get("deposit") or 0), "list": answer.get("list") or []}
