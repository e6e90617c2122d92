"""What was logged of a buyer: calls, messages, notes, filters; and the key under which the rest is sealed."""

import re

from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Now, Replace

from wechat.models import BuyerKey, Call, Callback, Step, UnreadRecord

from ..models import Draft, Erasure, Export, Note, SavedView
from . import downloads, sealing
from .records import Keys, about

ERASED = "[erased]"
PAGE = re.compile(r"/(\w+)/(\w+)/(\d+)/")  # app, model, key
OPEN = [Callback.State.RECEIVED, Callback.State.FAILED]


def erase(erasure: Erasure, keys: Keys) -> dict[str, int]:
    """Returns what was erased, in rows. Edits stay as they are: those with personal data are sealed."""
    sealing.seal_waiting()
    counts = {"calls": 0, "messages": 0, "steps": 0, "notes": 0}
    for where in about(keys):
        steps = Step.objects.filter(**where)
        calls = Call.objects.filter(step__in=steps.values("pk"))
        counts["calls"] += calls.update(request={}, answer={}, errmsg="")
        counts["steps"] += steps.exclude(payload=None, message="").update(payload=None, message="")
        counts["messages"] += _empty(Callback.objects.filter(**where))
        counts["notes"] += Note.objects.filter(**where).update(text=ERASED)
        UnreadRecord.objects.filter(**where).update(error="")
    _close(_under_key(erasure.digest))
    if erasure.openid:
        counts["filters"] = _in_filters(SavedView, erasure.openid) + _in_filters(Export, erasure.openid)
    counts["downloads"] = downloads.delete_files()
    counts["drafts"] = _drop_drafts(keys)
    counts["keys"] = BuyerKey.objects.filter(digest=erasure.digest).delete()[0]
    return {what: count for what, count in counts.items() if count}


def _empty(messages: models.QuerySet[Callback]) -> int:
    _close(messages)
    return messages.update(body=b"", error="")


def _under_key(digest: str) -> models.QuerySet[Callback]:
    """The buyer's messages that are about no record yet; few are not handled, and these have an index."""
    mark = BuyerKey.objects.beginning(digest)
    rows = Callback.objects.filter(state__in=[*OPEN, Callback.State.UNHANDLED])
    return rows.alias(mark=sealing.begins(len(mark))).filter(mark=mark) if mark else rows.none()


def _close(messages: models.QuerySet[Callback]) -> None:
    """What waits, or failed, is over: nobody can read it any more, and nobody is to be told that it failed."""
    messages.exclude(error="").update(error="")
    messages.filter(state__in=OPEN).update(
        state=Callback.State.HANDLED, handled_at=Now(), lease_until=None, next_attempt_at=None
    )


def _drop_drafts(keys: Keys) -> int:
    """What was written on the pages of these records and not saved."""
    pages = {(model._meta.app_label, model._meta.model_name): set(map(str, found)) for model, found in keys.items()}
    forms = [(pk, PAGE.search(form)) for pk, form in Draft.objects.values_list("pk", "form")]
    theirs = [pk for pk, page in forms if page and page[3] in pages.get((page[1], page[2]), ())]
    return Draft.objects.filter(pk__in=theirs).delete()[0]


def _in_filters(model: type[models.Model], openid: str) -> int:
    found = model._base_manager.filter(query__contains=openid)
    return found.update(query=Replace(F("query"), Value(openid), Value(ERASED)))
