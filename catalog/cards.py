from django.urls import reverse
from django.utils.translation import gettext as _

from console.today import Card, card

from .models import SPU, Difference, Status

PRODUCTS = "admin:catalog_spu_changelist"


@card("catalog.submit_spu")
def products_to_send() -> Card:
    review, free = SPU.objects.to_submit()[:1000].count(), SPU.objects.to_update()[:1000].count()
    text = _("%(review)d to review, %(free)d with prices or stock") % {"review": review, "free": free}
    state = "to-submit" if review or not free else "to-update"
    return Card(
        _("Products to send"),
        review + free,
        text if review or free else _("WeChat has everything."),
        reverse(PRODUCTS) + f"?state={state}",
        "amber" if review or free else "grey",
        order=20,
    )


@card("catalog.submit_spu")
def refused_products() -> Card:
    newest = SPU.objects.rejected().order_by("-read_at").values_list("reject_reason", flat=True)[:1000]
    violations = SPU.objects.current().filter(status=Status.VIOLATION)[:1000].count()
    count = len(newest) + violations
    lines = [_("newest: %(reason)s") % {"reason": newest[0]}] if newest else []
    if violations:
        lines.append(_("%(count)d taken off sale by WeChat") % {"count": violations})
    return Card(
        _("Rejected products"),
        count,
        " · ".join(lines) or _("Nothing was rejected."),
        reverse(PRODUCTS) + ("?state=refused" if newest or not violations else "?state=violation"),
        "red" if count else "grey",
        order=31,
    )


@card("catalog.view_difference")
def other_at_wechat() -> Card:
    count = Difference.objects.all()[:1000].count()
    return Card(
        _("Different at WeChat"),
        count,
        _("Fields were changed outside this console.") if count else _("WeChat has what was sent."),
        reverse("admin:catalog_difference_changelist"),
        "amber" if count else "grey",
        order=45,
    )
