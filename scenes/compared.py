"""How sharers are compared with WeChat."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.models import Difference
from console.reconciling.sources import Changed, Source, Span, Theirs, compared
from wechat.shop import sharer as shop
from wechat.steps.unread import LeftOut
from wechat.values import moment_of_unix, number, time_text

from .models import BindStatus, Sharer
from .operations.people import Snapshot, apply_snapshot, read

PAGE = 100


@compared
class Sharers(Source):
    """WeChat lists those who are bound; who is bound here and not in its list is asked for one by one."""

    name = "sharers"
    kinds = {"sharers": _("Sharers")}
    model = Sharer
    key = "pk"
    permission = "scenes.view_sharer"
    take_permission = "scenes.change_sharer"
    labels = {"bind_status": _("state"), "nickname": _("nickname"), "bound_at": _("bound since")}
    states = frozenset({"bind_status"})
    listed_by_time = False

    def page(self, span: Span, cursor: Any) -> tuple[list[Theirs], Any]:
        page, began = cursor or 1, timezone.now()
        rows, total = shop.get_sharer_list(page, PAGE)
        openids = [str(row.get("openid")) for row in rows if isinstance(row, dict)]
        ours = dict(Sharer.objects.filter(openid__in=openids).values_list("openid", "pk"))

        def one(row: dict) -> Theirs:
            openid = row["openid"]
            found = self.theirs_of({**row, "bind_status": BindStatus.BOUND}, began)
            return found._replace(key=str(ours.get(openid) or _sealed(openid)))

        return LeftOut().readable(rows, one, "openid"), page + 1 if rows and page * PAGE < total else None

    def theirs_of(self, row: dict[str, Any], began: datetime) -> Theirs:
        bound = moment_of_unix(row.get("bind_time"))
        values: dict[str, Any] = {"bind_status": number(row.get("bind_status"))}
        if values["bind_status"] == BindStatus.BOUND:
            values |= {"bound_at": time_text(bound)} if bound else {}
            values |= {"nickname": str(row["nickname"])[:100]} if row.get("nickname") else {}
        return Theirs("", values, began, row)

    def ours(self, span: Span) -> QuerySet:
        return Sharer.objects.bound()

    def found(self, keys: Iterable[str]) -> dict[str, Any]:
        """By our own key: an openid is nobody's to see in a list of differences."""
        pks = [int(key) for key in keys if key.isdecimal()]
        return {str(pk): row for pk, row in Sharer.objects.in_bulk(pks).items()}

    def read(self, record: Sharer) -> Theirs | None:
        snapshot = read(record)
        return self.theirs_of(snapshot.answer, snapshot.began)._replace(key=str(record.pk))

    def values(self, record: Sharer) -> dict[str, Any]:
        bound = time_text(record.bound_at) if record.bound_at else None
        return {"bind_status": record.bind_status, "nickname": record.nickname, "bound_at": bound}

    def is_forward(self, field: str, changed: Changed) -> bool:
        return changed.ours == BindStatus.INVITING

    def shown(self, field: str, value: Any) -> str:
        if field == "bind_status" and value in BindStatus.values:
            return str(BindStatus(value).label)
        return super().shown(field, value)

    def take(self, record: Sharer, rows: dict[str, Difference]) -> bool:
        taken = {field: row.theirs for field, row in rows.items()}
        answer: dict[str, Any] = {"bind_status": taken.get("bind_status", record.bind_status)}
        answer["nickname"] = taken.get("nickname")
        bound = datetime.fromisoformat(taken["bound_at"]) if taken.get("bound_at") else None
        answer["bind_time"] = int(timezone.make_aware(bound).timestamp()) if bound else None
        return apply_snapshot(record, Snapshot(self.began(record, rows), answer))

    def adopt(self, row: Difference) -> Any:
        sharer, _new = Sharer.objects.get_or_create(openid=row.their_row["openid"])
        apply_snapshot(sharer, Snapshot(row.seen_at, row.their_row))
        return sharer


def _sealed(openid: str) -> str:
    """A key for somebody who is not stored here: it tells nobody the openid."""
    return "new-" + sha256(openid.encode()).hexdigest()[:24]
