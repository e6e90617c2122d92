"""Rows for the tests, complete enough to be sent."""

import io
from datetime import date
from itertools import count

from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Picture

from catalog.content import set_pictures, update_unsent
from catalog.models import SKU, SPU, Category
from console.models import APIKey
from orders import placing
from orders.models import ExpressCompany, Order
from orders.serializers import PlacedOrderSerializer
from qualifications.forms import keep_document
from qualifications.models import BrandQualification, CategoryQualification, Document
from wechat.models import Image

_numbers = count(1)
Kind = Document.Kind


def picture(kind: str = "PNG", size: int = 24) -> bytes:
    """A real picture unlike any before."""
    buffer = io.BytesIO()
    number = next(_numbers)
    Picture.new("RGB", (size, size), (number % 256, number // 256 % 256, 77)).save(buffer, kind)
    return buffer.getvalue()


def upload(name: str = "", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name or f"paper-{next(_numbers)}.png", content or picture(), "image/png")


def make_document(kind: str = Kind.LICENCE, **fields) -> Document:
    document = keep_document(upload(), kind, f"Paper {next(_numbers)}")
    for name, value in fields.items():
        setattr(document, name, value)
    document.save()
    return document


def make_brand(**fields) -> BrandQualification:
    """A brand of the merchant's own, registered, with all its papers."""
    papers = {name: fields.pop(name) for name in list(fields) if name in PAPERS}
    brand = BrandQualification.objects.create(
        **{
            "brand_wording": f"茶里 {next(_numbers)}",
            "trademark_type": "30",
            "trademark_registrant_nu": "1249305",
            "trademark_registrant": "杭州茶里有限公司",
            "trademark_authorization_period": date(2030, 3, 25),
            **fields,
        }
    )
    defaults = {"license": [make_document()], "trademark_registration_certificate": [make_document(Kind.TRADEMARK)]}
    for name, documents in (defaults | papers).items():
        getattr(brand, name).set(documents)
    return brand


PAPERS = (
    "license",
    "sale_authorization",
    "trademark_registration_certificate",
    "trademark_change_certificate",
    "trademark_registration_application",
    "imported_goods_form",
    "certificate",
)


def make_category(**fields) -> Category:
    """坚果炒货, which the sandbox knows and wants papers for."""
    known = {
        "third_cat_id": 7448,
        "third_cat_name": "坚果炒货",
        "second_cat_id": 7439,
        "second_cat_name": "休闲食品",
        "first_cat_id": 7419,
        "first_cat_name": "食品饮料",
        "qualification_type": 1,
        "qualification": "《食品经营许可证》或《食品生产许可证》",
    }
    return Category.objects.create(**{**known, **fields})


def make_category_qualification(category: Category | None = None, **papers) -> CategoryQualification:
    qualification = CategoryQualification.objects.create(category=category or make_category())
    defaults = {"license": [make_document()], "certificate": [make_document(Kind.CERTIFICATE)]}
    for name, documents in (defaults | papers).items():
        getattr(qualification, name).set(documents)
    return qualification


def make_user(role: str = "owner", **fields) -> User:
    name = f"{role}{next(_numbers)}"
    user = User.objects.create_user(**{"username": name, "password": "pass word 1", "is_staff": True, **fields})
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def make_image() -> Image:
    return Image.objects.keep(upload())


def merchant_papers() -> dict:
    """What an application for the merchant account needs."""
    return {
        "legal_person": "张三",
        "business_begin": date(2020, 1, 1),
        "license_copy": make_image(),
        "id_name": "张三",
        "id_number": "330102199001011234",
        "id_front": make_image(),
        "id_back": make_image(),
        "contact_email": "a@example.com",
        "mobile_phone": "13800138000",
        "account_name": "杭州茶里有限公司",
        "account_number": "6214830000001234",
        "account_bank": "招商银行",
        "bank_address_code": "330100",
        "bank_name": "招商银行杭州分行",
        "merchant_shortname": "茶里",
    }


def free_category() -> Category:
    """连衣裙, which the sandbox knows and which needs no papers."""
    known = {
        "third_cat_name": "连衣裙",
        "second_cat_id": 6034,
        "second_cat_name": "女装",
        "first_cat_id": 6033,
        "first_cat_name": "服饰内衣",
    }
    return Category.objects.get_or_create(third_cat_id=6040, defaults=known)[0]


def make_spu(*, head_img=None, imgs=(), qualification_pics=(), skus=None, **fields) -> SPU:
    """A dress in a category that needs no papers, with one picture and one SKU, ready to be sent."""
    number = next(_numbers)
    spu = SPU.objects.create(
        **{
            "out_product_id": f"dress-{number}",
            "title": f"法式碎花连衣裙 {number}",
            "path": f"pages/product/detail?id={number}",
            "category": fields.pop("category", None) or free_category(),
            **fields,
        }
    )
    set_pictures(spu, "head_img", [make_image()] if head_img is None else head_img)
    set_pictures(spu, "imgs", list(imgs))
    set_pictures(spu, "qualification_pics", list(qualification_pics))
    for nth, sku in enumerate(skus if skus is not None else [{}]):
        known = {"out_sku_id": f"{spu.out_product_id}-{nth}", "sale_price": 19900, "stock_num": 10, "position": nth}
        SKU.objects.create(spu=spu, **{**known, **sku})
    update_unsent(spu)
    return spu


OPENID = "oTVP50O53a7jgmawAmxKukNlq3XI"
ADDRESS = {
    "receiver_name": "张三",
    "tel_number": "13800138000",
    "province": "广东省",
    "city": "广州市",
    "town": "天河区",
    "detailed_address": "体育西路 1 号 901",
}


def order_lines(**counts) -> list[dict]:
    """Lines of an order by SKU and pieces, at 10 yuan each."""
    return [
        {
            "out_product_id": "p",
            "out_sku_id": sku,
            "product_cnt": count,
            "sale_price": 1000,
            "title": f"裙 {sku}",
            "path": "p",
            "head_img": "https://mmecimage.cn/p/x/1",
        }
        for sku, count in counts.items()
    ]


def order_body(**fields) -> dict:
    """What the mini program's backend sends: two dresses of 199.90 yuan, of goods that are no product here."""
    number = next(_numbers)
    line = {
        "out_product_id": "dress-1001",
        "out_sku_id": "dress-1001-red",
        "product_cnt": 2,
        "sale_price": 19990,
        "title": "法式碎花连衣裙",
        "path": "pages/product?id=1001",
        "head_img": "https://mmecimage.cn/p/x/1",
    }
    known = {
        "out_order_id": f"order-{number}",
        "openid": OPENID,
        "fund_type": 1,
        "scene": 1177,
        "path": f"pages/order?out_order_id=order-{number}",
        "product_infos": [line],
        "price_info": {"freight": 1000, "discounted_price": 500},
        "address_info": dict(ADDRESS),
    }
    return known | fields


def own_number(**fields) -> dict:
    """An order that is paid to the merchant's own number."""
    pay_info = {"prepay_id": "wx42526234625", "prepay_time": "2026-11-25T14:04:25+08:00"}
    return order_body(**{"fund_type": 0, "pay_info": pay_info, **fields})


def make_order(body: dict | None = None, *, place: bool = True, **fields) -> Order:
    """An order as the API makes it; placed at WeChat unless told otherwise."""
    given = PlacedOrderSerializer(data=body or order_body())
    given.is_valid(raise_exception=True)
    order, lines = given.build(given.validated_data)
    for name, value in fields.items():
        setattr(order, name, value)
    if place:
        return Order.objects.get(pk=placing.place(order, lines).pk)
    order.save()
    order.lines.bulk_create(lines)
    return Order.objects.get(pk=order.pk)


def make_companies() -> None:
    names = {"SF": "顺丰速运", "YTO": "圆通速递", "ZTO": "中通快递", "EMS": "EMS", "OTHERS": "其他"}
    ExpressCompany.objects.bulk_create(
        [ExpressCompany(delivery_id=pk, delivery_name=name) for pk, name in names.items()], ignore_conflicts=True
    )


def make_key(*scopes: str, name: str = "shop") -> tuple[APIKey, dict[str, str]]:
    """A key with these scopes, and the header it is sent in."""
    key, text = APIKey.objects.make(name, list(scopes), make_user())
    return key, {"Authorization": f"Bearer {text}"}
