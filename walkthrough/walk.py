"""The whole path of 17 steps against the sandbox, over HTTP and callbacks: as staff, developers and WeChat would go it.

It presses what people press: the console's API and pages on one side, the sandbox's page on the other. Each step looks
first whether it is done, so a walk that was cut off is gone to its end by the next one.
"""

import io
import re
import time
from collections.abc import Callable
from itertools import count
from typing import Any
from urllib.parse import urljoin

import requests
from django.utils import timezone
from django.utils.translation import gettext as _
from lxml import html
from PIL import Image

from orders.funds.models.account import MerchantState

OPENID = "oWalkthrough_buyer_000000001"
PRODUCT, TEST_ORDER, LIVE_ORDER = "walkthrough-1", "walkthrough-test", "walkthrough-live"
ADDRESS = {
    "receiver_name": "张三", "tel_number": "13800138000", "province": "广东省", "city": "广州市", "town": "天河区",
    "detailed_address": "体育西路 1 号 901",
}  # fmt: skip
MERCHANT = "/admin/funds/merchantaccount/1/change/"
PAPERS = {
    "organization_type": "2", "merchant_shortname": "茶里", "legal_person": "张三", "business_begin": "2020-01-01",
    "id_doc_type": "IDENTIFICATION_TYPE_MAINLAND_IDCARD", "id_name": "张三", "id_number": "330102199001011234",
    "contact_type": "65", "contact_email": "walker@example.com", "mobile_phone": "13800138000",
    "bank_account_type": "ACCOUNT_TYPE_BUSINESS", "account_name": "杭州茶里有限公司",
    "account_number": "6214830000001234", "account_bank": "招商银行", "bank_address_code": "330100",
}  # fmt: skip
# What WeChat's side does next in each state of the application.
PLAYS = {
    MerchantState.CHECKING: "approve", MerchantState.TO_VERIFY: "transfer_arrives", MerchantState.AUDITING: "approve",
    MerchantState.TO_SIGN: "sign",
}  # fmt: skip
OVER = (1, 13, 14, 18, 19)  # where a claim has come to its end


class Failed(Exception):
    """A step did not come to its end; the text says why, in words for people."""


class Walk:
    """One walk over HTTP. `patience` is how many seconds a job or a message may take."""

    def __init__(self, url: str, username: str, password: str, language: str, patience: float = 20):
        self.url, self.patience = url.rstrip("/"), patience
        self.session = requests.Session()
        self.session.headers.update({"Accept-Language": language, "Referer": f"{self.url}/admin/"})
        self.sign_in(username, password)
        self.need_sandbox()

    @property
    def steps(self) -> list[Callable[[], None]]:
        return [
            self.request_access, self.code, self.material, self.product, self.order, self.delivery, self.aftersale,
            self.tested, self.released, self.scene, self.promoter, self.goods, self.live_order, self.live_payment,
            self.live_state, self.live_logistics, self.live_aftersale,
        ]  # fmt: skip

    # --- the steps

    def request_access(self) -> None:
        if self.state(1) != "completed":
            self.operate("access/apply_access/")
            self.wechat("sign")
        self.completed(1)

    def code(self) -> None:
        self.post("access/tick/", {"number": 2})
        self.completed(2)

    def material(self) -> None:
        if not self.get("categories/?third_cat_id=6040")["results"]:
            self.press("/admin/catalog/category/", "pull_categories")
        if not self.get("express-companies/")["results"]:
            self.press("/admin/orders/expresscompany/", "pull_express_companies")
        if self.state(3) != "completed":
            self.press("/admin/wechat/accountinfo/", "send_account_info", {"country": "中国", **ADDRESS})
        self.merchant()
        self.post("access/tick/", {"number": 3})
        self.completed(3)

    def merchant(self) -> None:
        """Hand in the papers where there is no merchant account, and see them through to the signature."""
        for _move in range(5):  # at most from a refusal by way of a small transfer
            self.operate("merchant-account/refresh_merchant/")
            state = self.get("merchant-account/")["state"]
            if state in ("", MerchantState.REJECTED):
                files = {f"{name}-files": _picture(name) for name in ("license_copy", "id_front", "id_back")}
                self.press(MERCHANT, "apply_merchant", PAPERS, files)
            elif state in PLAYS:
                self.wechat("play_application", application=self._application(), play=PLAYS[state])
            else:
                break
        said = self.get("merchant-account/")
        if said["state"] != MerchantState.FINISHED:
            raise Failed(_("The merchant account is not open: %(state)s.") % {"state": said["state_label"]})

    def product(self) -> None:
        found = self.get(f"products/?out_product_id={PRODUCT}")["results"]
        spu = found[0] if found else self.post("products/", self._product())
        if spu["edit_status"] not in (2, 4):
            self.operate(f"products/{spu['id']}/submit_spu/")
        if spu["edit_status"] != 4:
            self.wechat("approve_product", out_product_id=PRODUCT)
        self.wait(lambda: self.get(f"products/{spu['id']}/")["edit_status"] == 4, _("the product is approved"))
        self.finish(4, "finish_products")

    def _product(self) -> dict:
        kept = self._answer(
            self.session.post(
                f"{self.url}/api/v1/pictures/", files={"file": _picture("tea")},
                headers=self._csrf(), timeout=60,
            )
        )  # fmt: skip
        sku = {"out_sku_id": f"{PRODUCT}-a", "sale_price": 9900, "stock_num": 100}
        return {
            "out_product_id": PRODUCT, "title": "法式碎花连衣裙 夏季新款", "third_cat_id": 6040,
            "path": "pages/product/detail?id=1", "head_img": [kept["id"]], "skus": [sku],
        }  # fmt: skip

    def order(self) -> None:
        self.placed(TEST_ORDER)
        self.paid(TEST_ORDER)
        self.finish(5, "finish_orders")

    def delivery(self) -> None:
        self.shipped(TEST_ORDER)
        self.finish(6, "finish_delivery")

    def aftersale(self) -> None:
        self.claimed(TEST_ORDER)
        self.finish(7, "finish_aftersales")

    def tested(self) -> None:
        self.finish(8, "confirm_tested")

    def released(self) -> None:
        if self.state(9) != "completed":
            self.wechat("release")
            self.post("access/release/", {"released_at": timezone.now().isoformat()})
        self.finish(9, "confirm_released")

    def scene(self) -> None:
        group = self.get("scene-groups/1/")
        if group["status"] not in (0, 1) or self.state(10) == "failed":
            self.operate("scene-groups/1/apply_scene/")
        if self.state(10) != "completed":
            self.wechat("pass_scene", group="1")
        self.completed(10)

    def promoter(self) -> None:
        if not self.get("promoters/")["results"]:
            self.wechat(
                "bind_promoter", promoter_id="WALK_1", promoter_openid="oWalkthrough_promoter_0000001",
                finder_nickname="茶里的直播间",
            )  # fmt: skip
            self.press("/admin/scenes/promoter/", "pull_promoters")
        if not self.post("scene-check/", {"scene": 1177})["is_matched"]:
            raise Failed(_("WeChat does not verify scene 1177 yet."))
        self.completed(11)

    def goods(self) -> None:
        self.post("access/tick/", {"number": 12})
        self.completed(12)

    def live_order(self) -> None:
        self.placed(LIVE_ORDER)
        self.completed(13)

    def live_payment(self) -> None:
        number = self.paid(LIVE_ORDER)
        self.wechat("attribute_to_promoter", out_order_id=number, promoter_id="WALK_1")
        self.completed(14)

    def live_state(self) -> None:
        self.completed(15)

    def live_logistics(self) -> None:
        number = self.shipped(LIVE_ORDER)
        if self.get(f"orders/{number}/")["status"] == 30:
            self.wechat("confirm_order", out_order_id=number)
        self.completed(16)

    def live_aftersale(self) -> None:
        claim = self.claimed(LIVE_ORDER)
        if claim["status"] not in OVER:
            self.operate(f"aftersales/{claim['id']}/accept_refund/")
        self.completed(17)

    # --- orders and claims

    def number(self, name: str) -> str:
        """The order of that name; a number that WeChat has refused is never taken again."""
        return next(number for nth in count(1) if self._may_be_used(number := f"{name}-{nth}"))

    def _may_be_used(self, number: str) -> bool:
        answer = self.session.get(f"{self.url}/api/v1/orders/{number}/", timeout=60)
        return answer.status_code == 404 or not self._answer(answer)["refusal"]

    def placed(self, name: str) -> None:
        number = self.number(name)
        body = {
            "out_order_id": number, "openid": OPENID, "scene": 1177, "path": f"pages/order?id={number}",
            "product_infos": [
                {"out_product_id": PRODUCT, "out_sku_id": f"{PRODUCT}-a", "product_cnt": 1, "sale_price": 9900}
            ],
            "price_info": {"discounted_price": 9899}, "address_info": ADDRESS,
        }  # fmt: skip
        self.post("orders/", body)
        if self.get(f"orders/{number}/")["status"] == 10:
            self.post(f"orders/{number}/get_payment_params/")

    def paid(self, name: str) -> str:
        number = self.number(name)
        if self.get(f"orders/{number}/")["status"] == 10:
            self.wechat("pay_order", out_order_id=number)
        self.wait(lambda: self.get(f"orders/{number}/")["status"] not in (10, 11), _("the order is paid"))
        return number

    def shipped(self, name: str) -> str:
        number = self.number(name)
        parcel = {"delivery_id": "SF", "waybill_id": f"SF{number}"}
        if self.get(f"orders/{number}/")["status"] in (20, 21):
            self.post(f"orders/{number}/ship_order/", {"parcels": [parcel]})
        self.wait(lambda: self.get(f"orders/{number}/")["status"] in (30, 100, 200), _("the order is shipped"))
        return number

    def claimed(self, name: str) -> dict:
        number = self.number(name)
        body = {
            "out_aftersale_id": f"{number}-1", "out_order_id": number, "out_product_id": PRODUCT,
            "out_sku_id": f"{PRODUCT}-a", "product_cnt": 1, "type": 1, "orderamt": 1, "refund_reason": "不想要了",
        }  # fmt: skip
        return self.post("aftersales/", body)

    # --- the board

    def state(self, number: int) -> str:
        return self.row(number)["state"]

    def completed_steps(self) -> int:
        return self.get("access/")["completed"]

    def row(self, number: int) -> dict:
        return self.get("access/")["steps"][number - 1]

    def finish(self, number: int, operation: str) -> None:
        """Declare a task done, once WeChat has seen what it wants to see."""
        if self.state(number) == "completed":
            return
        self.operate("access/refresh_access/")
        self.wait(lambda: not self.row(number)["missing"], lambda: " ".join(self.row(number)["missing"]))
        self.operate(f"access/{operation}/")
        self.completed(number)

    def completed(self, number: int) -> None:
        """Read the access, and wait for the board to say that the step is completed."""

        def is_so() -> bool:
            if self.state(number) == "completed":
                return True
            self.operate("access/refresh_access/")
            return self.state(number) == "completed"

        self.wait(is_so, lambda: self.row(number)["evidence"])

    # --- the console, as its API and its pages take it

    def get(self, path: str) -> Any:
        return self._answer(self.session.get(f"{self.url}/api/v1/{path}", timeout=60))

    def post(self, path: str, body: dict | None = None) -> Any:
        answer = self.session.post(f"{self.url}/api/v1/{path}", json=body or {}, headers=self._csrf(), timeout=60)
        return self._answer(answer)

    def operate(self, path: str) -> None:
        """Run an operation and wait for its job."""
        self._job(str(self.post(path)["id"]))

    def press(self, page: str, operation: str, fields: dict | None = None, files: dict | None = None) -> None:
        """Press an operation's button on a page, after filling in the form where there is one."""
        answer = self.session.get(f"{self.url}{page}", timeout=60)
        form = self._form(answer, operation)
        values = dict(form.form_values()) | (fields or {})
        target = form.action if form.action and f"/do/{operation}/" in form.action else answer.url
        if target == answer.url:
            values["_operation"] = operation
        headers = {"X-CSRFToken": self.session.cookies.get("csrftoken", ""), "Referer": answer.url}
        answer = self.session.post(urljoin(answer.url, target), values, files=files, headers=headers, timeout=60)
        if job := re.search(r"/console/job/(\d+)/change/", answer.url):
            self._job(job.group(1))
            return
        said = html.fromstring(answer.text)
        for fault in (*said.find_class("error"), *said.find_class("errorlist")):
            raise Failed(fault.text_content().strip())

    @staticmethod
    def _form(answer: requests.Response, operation: str):
        for form in html.fromstring(answer.text).forms:
            named = f"/do/{operation}/" in (form.action or "")
            if named or form.xpath(f".//button[@name='_operation'][@value='{operation}']"):
                return form
        raise Failed(
            _("There is no button for “%(operation)s” at %(page)s.") % {"operation": operation, "page": answer.url}
        )

    # --- the sandbox, as a person plays WeChat

    def wechat(self, action: str, **fields: str) -> None:
        """Press a button on the sandbox's page."""
        answer = self.session.post(f"{self.url}/sandbox/do/{action}/", fields, headers=self._csrf(), timeout=60)
        if answer.status_code != 200:
            raise Failed(f"sandbox {action}: HTTP {answer.status_code}")
        for said in html.fromstring(answer.text).xpath("//ul[@class='messages']/li[contains(@class, 'error')]"):
            raise Failed(said.text_content().strip())

    def _application(self) -> str:
        """The number under which the sandbox's page plays the application for the merchant account."""
        page = html.fromstring(self.session.get(f"{self.url}/sandbox/", timeout=60).text)
        for value in page.xpath("//form[contains(@action, '/play_application/')]/input[@name='application']/@value"):
            return str(value)
        raise Failed(_("The sandbox has no application for the merchant account."))

    # --- below

    def sign_in(self, username: str, password: str) -> None:
        door = f"{self.url}/admin/login/"
        self.session.get(door, timeout=60)
        given = {"username": username, "password": password, "next": "/admin/"}
        answer = self.session.post(door, given, headers=self._csrf(), timeout=60)
        if answer.url.startswith(door):
            raise Failed(_("Signing in as “%(name)s” did not work.") % {"name": username})

    def need_sandbox(self) -> None:
        """Nobody plays WeChat where the console talks to the real one."""
        answer = self.session.get(f"{self.url}/sandbox/", allow_redirects=False, timeout=60)
        if answer.status_code != 200:
            raise Failed(
                _("This is no console with the sandbox: /sandbox/ answers HTTP %(status)s.")
                % {"status": answer.status_code}
            )

    def wait(self, is_so: Callable[[], bool], what: str | Callable[[], str]) -> None:
        """Until something is so; raises Failed with what was waited for."""
        deadline = time.monotonic() + self.patience
        while not is_so():
            if time.monotonic() > deadline:
                raise Failed(what() if callable(what) else _("Waited in vain until %(what)s.") % {"what": what})
            time.sleep(0.2)

    def _job(self, pk: str) -> None:
        self.wait(lambda: self.get(f"jobs/{pk}/")["state"] == "finished", _("the job is finished"))
        for step in self.get(f"jobs/{pk}/")["steps"]:
            if step["state"] == "unknown":
                raise Failed(_("WeChat gave no clear answer: %(said)s") % {"said": step["message"]})
            if step["state"] != "done":
                said = (str(step["errcode"] or ""), step["message"], step["meaning"])
                raise Failed(" ".join(part for part in said if part))

    def _csrf(self) -> dict[str, str]:
        return {"X-CSRFToken": self.session.cookies.get("csrftoken", "")}

    @staticmethod
    def _answer(answer: requests.Response) -> Any:
        try:
            body = answer.json()
        except ValueError:
            raise Failed(f"HTTP {answer.status_code} at {answer.url}") from None
        if answer.status_code >= 400:
            said = body.get("detail") or "" if isinstance(body, dict) else ""
            rest = (
                {}
                if not isinstance(body, dict)
                else {name: body[name] for name in ("errcode", "errmsg", "fields") if name in body}
            )
            raise Failed(
                " ".join(str(part) for part in (said, *rest.values()) if part) or f"{answer.status_code} {body}"
            )
        return body


def _picture(name: str) -> tuple[str, bytes, str]:
    """A file to upload, of another colour for each name."""
    written = io.BytesIO()
    Image.new("RGB", (400, 400), tuple(name.encode()[-3:])).save(written, "PNG")
    return f"{name}.png", written.getvalue(), "image/png"
