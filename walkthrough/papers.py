"""Steps 3 and 4: categories, the merchant account with its papers, and a product that passes its review."""

import io

from django.utils.translation import gettext as _
from PIL import Image

from . import board
from .client import Client, Failed

PRODUCT, SKU, PRICE = "walkthrough-1", "walkthrough-1-a", 9900
ADDRESS = {
    "receiver_name": "张三",
    "tel_number": "13800138000",
    "province": "广东省",
    "city": "广州市",
    "town": "天河区",
    "detailed_address": "体育西路 1 号 901",
}
MERCHANT = "/admin/funds/merchantaccount/1/change/"
PAPERS = {
    "organization_type": "2",
    "merchant_shortname": "茶里",
    "legal_person": "张三",
    "business_begin": "2020-01-01",
    "id_doc_type": "IDENTIFICATION_TYPE_MAINLAND_IDCARD",
    "id_name": "张三",
    "id_number": "330102199001011234",
    "contact_type": "65",
    "contact_email": "walker@example.com",
    "mobile_phone": "13800138000",
    "bank_account_type": "ACCOUNT_TYPE_BUSINESS",
    "account_name": "杭州茶里有限公司",
    "account_number": "6214830000001234",
    "account_bank": "招商银行",
    "bank_address_code": "330100",
}
PAPER_FILES = ("license_copy", "id_front", "id_back")
# WeChat's next action in each state of the application.
NEXT_PLAYS = {
    "CHECKING": "approve",
    "ACCOUNT_NEED_VERIFY": "transfer_arrives",
    "AUDITING": "approve",
    "NEED_SIGN": "sign",
}
MOST_MOVES = 5  # actions at most: from a rejection, over the verifying transfer, to the signature
EDIT_IN_REVIEW, EDIT_APPROVED = 2, 4


def prepare_material(client: Client) -> None:
    if not client.get("categories/?third_cat_id=6040")["results"]:
        client.press("/admin/catalog/category/", "pull_categories")
    if not client.get("express-companies/")["results"]:
        client.press("/admin/orders/expresscompany/", "pull_express_companies")
    if not board.is_completed(client, 3):
        client.press("/admin/wechat/accountinfo/", "send_account_info", {"country": "中国", **ADDRESS})
    open_merchant_account(client)
    board.tick(client, 3)
    board.wait_until_completed(client, 3)


def open_merchant_account(client: Client) -> None:
    """Apply for the merchant account where there is none, and act as WeChat up to the signature."""
    for _move in range(MOST_MOVES):
        client.operate("merchant-account/refresh_merchant/")
        state = client.get("merchant-account/")["state"]
        if state in ("", "REJECTED"):
            files = {f"{name}-files": picture(name) for name in PAPER_FILES}
            client.press(MERCHANT, "apply_merchant", PAPERS, files)
        elif state in NEXT_PLAYS:
            client.sandbox("play_application", application=_application(client), play=NEXT_PLAYS[state])
        else:
            break
    account = client.get("merchant-account/")
    if account["state"] != "FINISH":
        raise Failed(_("The merchant account is not open: %(state)s.") % {"state": account["state_label"]})


def upload_product(client: Client) -> None:
    products = client.get(f"products/?out_product_id={PRODUCT}")["results"]
    product = products[0] if products else client.post("products/", _product(client))
    path = f"products/{product['id']}/"
    if product["edit_status"] not in (EDIT_IN_REVIEW, EDIT_APPROVED):
        client.operate(f"{path}submit_spu/", confirm=True)  # also where it was rejected as it is
    if product["edit_status"] != EDIT_APPROVED:
        client.sandbox("approve_product", out_product_id=PRODUCT)
    client.wait(lambda: client.get(path)["edit_status"] == EDIT_APPROVED, _("the product is approved"))
    board.finish(client, 4, "finish_products")


def picture(name: str) -> tuple[str, bytes, str]:
    """A picture file to upload, with a different colour for each name."""
    file = io.BytesIO()
    Image.new("RGB", (400, 400), tuple(name.encode()[-3:])).save(file, "PNG")
    return f"{name}.png", file.getvalue(), "image/png"


def _product(client: Client) -> dict:
    head_img = client.upload("pictures/", picture("tea"))
    return {
        "out_product_id": PRODUCT,
        "title": "法式碎花连衣裙 夏季新款",
        "third_cat_id": 6040,
        "path": "pages/product/detail?id=1",
        "head_img": [head_img["id"]],
        "skus": [{"out_sku_id": SKU, "sale_price": PRICE, "stock_num": 100}],
    }


def _application(client: Client) -> str:
    """The id of the application for the merchant account on the sandbox's page."""
    number = client.sandbox_value("play_application", "application")
    if number is None:
        raise Failed(_("The sandbox has no application for the merchant account."))
    return number
