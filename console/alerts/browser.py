"""What an open tab of the console shows: it asks for new alerts now and then, while the session lasts."""

from django.http import HttpRequest, JsonResponse
from django.urls import reverse

from ..models import Alert
from .kinds import seen_by, sentence_of, title_of

MOST = 5  # shown one by one
PATH = "alerts/news/"  # a request that is no sign of a person: `console.middleware.session_limits`


def news(request: HttpRequest) -> JsonResponse:
    """The newest open alerts after `?after=`, and the number of the last one; one query beside the session's."""
    asked = request.GET.get("after", "")
    after = int(asked) if asked.isdecimal() and len(asked) < 19 else 0
    rows = Alert.objects.open().filter(kind__in=seen_by(request.user.has_perm)).order_by("-pk")
    newest = list(rows.filter(pk__gt=after)[: MOST + 1])
    shown = [
        {
            "id": row.pk,
            "title": title_of(row),
            "text": sentence_of(row),
            "url": reverse("admin:console_alert_change", args=[row.pk]),
        }
        for row in newest[:MOST]
    ]
    return JsonResponse(
        {"last": max([after, *(row.pk for row in newest)]), "more": len(newest) > MOST, "alerts": shown}
    )
