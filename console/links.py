"""Links to a record's page."""

from django.contrib import admin
from django.db import models
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString


def record_link(record: models.Model | None) -> SafeString:
    """The record's name, as a link where the record has a page."""
    if record is None:
        return SafeString("–")
    if type(record) not in admin.site._registry:
        return conditional_escape(str(record))
    opts = record._meta
    return format_html(
        '<a href="{}">{}</a>', reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk]), record
    )
