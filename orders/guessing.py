"""Express companies by the form of a waybill, as a guess that a person sees before anything is sent."""

import re

from .models import ExpressCompany, Parcel

# (delivery_id, form of its waybills); for JavaScript too (`ship.js`), so only what both languages read alike.
FORMS = [
    ("SF", "SF[0-9]{10,15}"),
    ("YTO", "YT[0-9]{10,16}"),
    ("JTSD", "JT[0-9]{10,15}"),
    ("JD", "JD[A-Z0-9]{8,20}"),
    ("DBL", "DP[A-Z][0-9]{9,15}"),
    ("EMS", "E[A-Z][0-9]{9}CN|1[0-9]{12}"),
    ("YZPY", "9[0-9]{12}"),
    ("ZTO", "7[0-9]{13}"),
    ("STO", "77[0-9]{13}"),
    ("YD", "[34][0-9]{14}|[34][0-9]{12}"),
]


def companies(waybill: str) -> list[str]:
    """The delivery_ids whose waybills look like this one, of companies that WeChat lists."""
    fits = [pk for pk, form in FORMS if re.fullmatch(form, waybill.strip().upper())]
    return list(ExpressCompany.objects.filter(delivery_id__in=fits, gone=False).values_list("delivery_id", flat=True))


def last_used() -> str:
    """The company of the newest parcel; "" before the first."""
    return Parcel.objects.order_by("-id").values_list("delivery_id", flat=True).first() or ""
