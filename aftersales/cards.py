from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _

from console.today import Card, card

from .models import Aftersale, Dispute

DESK = "admin:aftersales_aftersale_changelist"
MOST = 1000


@card("aftersales.view_aftersale")
def waiting_aftersales() -> Card:
    ours = Aftersale.objects.ours()
    count = ours[:MOST].count()
    now = timezone.now()
    due = ours.filter(deadline_at__gt=now).order_by("deadline_at").values_list("deadline_at", flat=True)
    first = due.first()
    near = [due.filter(deadline_at__lte=now + timedelta(hours=hours))[:MOST].count() for hours in (24, 6, 1)]
    parts = [_("next due in %(time)s") % {"time": timeuntil(first, depth=2)}] if first else []
    if near[0]:
        parts.append(
            _("under 24 h: %(day)d, 6 h: %(six)d, 1 h: %(one)d") % dict(zip(("day", "six", "one"), near, strict=True))
        )
    text = " · ".join(parts) or (_("No clock runs.") if count else _("Nothing waits for you."))
    return Card(
        _("After-sales"),
        count,
        text,
        reverse(DESK) + "?state=ours",
        "red" if near[1] else "amber" if count else "grey",
        5,
    )


@card("aftersales.approve_refund")
def to_approve() -> Card:
    asked = Aftersale.objects.ours().exclude(asked_by=None).filter(approved_by=None)
    count = asked[:MOST].count()
    urgent = asked.filter(deadline_at__lte=timezone.now() + timedelta(hours=24)).exists()
    text = _("Somebody asked for a large refund.") if count else _("Nobody asks for a second person.")
    return Card(
        _("Refunds to approve"),
        count,
        text,
        reverse(DESK) + "?state=to-approve",
        "red" if urgent else "amber" if count else "grey",
        6,
    )


@card("aftersales.view_dispute")
def disputes() -> Card:
    running = Dispute.objects.running()
    count = running[:MOST].count()
    first = running.order_by("expired_at").values_list("expired_at", flat=True).first()
    text = _("next due in %(time)s") % {"time": timeuntil(first, depth=2)} if first else _("No dispute runs.")
    return Card(
        _("Disputes"), count, text, reverse("admin:aftersales_dispute_changelist"), "red" if count else "grey", 7
    )
