"""Links to a record's page."""

from django.contrib import admin
from django.db import models
from django.http import Http404
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString


def record_link(record: models.Model | None, text: str = "") -> SafeString:
    """The record's name, or another text, as a link where the record has a page."""
    if record is None:
        return SafeString("–")
    if type(record) not in admin.site._registry:
        return conditional_escape(text or str(record))
    opts = record._meta
    url = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])
    return format_html('<a href="{}">{}</a>', url, text or record)


def row_key(text: str | None) -> int:
    """The key in the address of a record's page; raises Http404 where it is none."""
    if not text or not text.isdecimal():
        raise Http404
    return int(text)


def number_of(record: models.Model | None) -> str:
    """What people and programs know the record by: our own number of it where it has one, else its name."""
    own = ("out_product_id", "out_order_id", "out_aftersale_id", "out_coupon_id", "combine_trade_no", "openid")
    numbers = (getattr(record, name, None) for name in own)
    return next((number for number in numbers if number), "" if record is None else str(record))


def error_link(errcode: int) -> SafeString:
    """The code, leading to its line of the error guide."""
    return format_html('<a href="{}#e{}"><code class="copy">{}</code></a>', reverse("admin:errors"), errcode, errcode)
