"""What takes two people, one way for all of it: one asks through any door, another one approves exactly that.

A rule says why a record of an operation needs it. Acts on many records need it where there are more than the operation
says (`second_above`): the rows that one person chose today count together.
"""

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wechat.models import Step
from wechat.statements import Update, place
from wechat.steps import operations
from wechat.steps.errors import Asked
from wechat.steps.operations import Operation

from .edits import trace_edit
from .models import APIKey, Approval
from .money import yuan

MANY = "many"
MANY_MAY = "console.approve_acts"
People = Callable[[Any], Iterable[Any]]


class Rule:
    """What of a record takes two people; given to an operation as `second=`.

    why: says why, "" where it does not; mark: exactly what is asked for, so that an approval holds for nothing else;
    amount (fen) and changes ([[what, from, to]] in fen) are shown to who approves; first_people: who, beside the
    asker, may not approve; passed: notes that it is let through, in the transaction of that answer; again: what is sent
    is looked at once more, where the content is read anew on the way.
    """

    def __init__(
        self,
        kind: str,
        *,
        permission: str,
        why: Callable[[Any], str],
        mark: Callable[[Any], str],
        amount: Callable[[Any], int | None] = lambda record: None,
        changes: Callable[[Any], list] = lambda record: [],
        first_people: People = lambda record: [],
        passed: Callable[[Any], None] | None = None,
        again: bool = False,
    ) -> None:
        self.kind, self.permission, self.why, self.mark = kind, permission, why, mark
        self.amount, self.changes, self.first_people, self.passed = amount, changes, first_people, passed
        self.again = again
        rules[kind] = self

    def needs(self, record: Any) -> str:
        """Why it needs a second person; "" where it does not, or where one has approved exactly this."""
        why = self.why(record)
        return "" if not why or self._is_approved(record) else why

    def _is_approved(self, record: Any) -> bool:
        approvals = Approval.objects.of(self.kind, record).standing().exclude(approved_by=None)
        return approvals.filter(mark=self.mark(record)).exists()

    def waiting(self, record: Any) -> Approval | None:
        return Approval.objects.of(self.kind, record).waiting().select_related("asked_by").first()

    def end(self, record: Any) -> None:
        """Drop what was asked or approved: it was done, or is no longer what the second person was asked about."""
        _END.run({"kind": self.kind, "record": record.pk, "now": timezone.now()})

    def ask(self, op: Operation, record: Any, user: Any, seen: str) -> None:
        """Approve what another person asked for and this one has seen, else ask. Raises Asked unless approved now.

        `seen` is the mark on the page whose button was pressed; lists, the API and the workers show none.
        """
        asked = self.waiting(record)
        if asked and asked.mark == self.mark(record):
            if seen == asked.mark and self.may_approve(asked, record, user):
                approve(asked, user)
                return
            if asked.asked_by != user:
                raise Asked(_("It waits for a second person, who looks at the request and approves it there."))
        else:
            self._put(op, record, user)
        raise Asked(_("%(why)s It has been put before those who may approve.") % {"why": self.why(record)})

    def _put(self, op: Operation, record: Any, user: Any) -> None:
        try:
            with transaction.atomic():
                Approval.objects.of(self.kind, record).filter(approved_by=None).end()
                Approval.objects.create(
                    kind=self.kind,
                    operation=op.full_name,
                    content_type=ContentType.objects.get_for_model(record),
                    object_id=record.pk,
                    mark=self.mark(record),
                    amount=self.amount(record),
                    changes=self.changes(record),
                    asked_by=user,
                )
                trace_edit(record, {"asked_second": ["", _amount(self.amount(record))]})
        except IntegrityError:
            pass  # somebody else asked for it at this moment

    def may_approve(self, asked: Approval, record: Any, user: Any) -> bool:
        """Whether this person may be the second one. An API key counts as the person who made it."""
        behind = APIKey.objects.person_behind
        first = [asked.asked_by, *self.first_people(record)]
        return user.has_perm(self.permission) and behind(user) not in [behind(person) for person in first if person]


def _ended() -> tuple[models.QuerySet, dict[str, Any]]:
    rows = Approval.objects.filter(kind=place("kind"), object_id=place("record"), dropped_at=None)
    return rows, {"dropped_at": place("now")}


_END = Update(_ended)
rules: dict[str, Rule] = {}


def approve(asked: Approval, user: Any) -> None:
    """Approve the request, traced on its record. Raises Conflict where it no longer waits, or for who asked."""
    asked.approve(user)
    if asked.record:
        trace_edit(asked.record, {"approved_by": ["", _amount(asked.amount)]})


def refuse(asked: Approval, user: Any, reason: str) -> bool:
    """Do not approve the request, traced on its record; False where it no longer waits."""
    done = asked.refuse(user, reason)
    if done and asked.record:
        trace_edit(asked.record, {"refused_by": ["", reason]})
    return done


def _amount(fen: int | None) -> str:
    return "" if fen is None else yuan(fen, "¥")


def why_many(op: Operation, count: int, user: Any) -> str:
    """Why so many records take two people; "" where they do not."""
    if not op.second_above:
        return ""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    today = Step.objects.filter(operation=op.full_name, user=user, created_at__gte=midnight)
    before = today.exclude(state=Step.State.SKIPPED).exclude(jobs__approvals__isnull=False).count()
    if count + before <= op.second_above:
        return ""
    values = {"limit": op.second_above, "before": before}
    if before:
        text = _(
            "With %(before)d that you have done today they are more than %(limit)d: a second person has to approve."
        )
    else:
        text = _("They are more than %(limit)d: a second person has to approve.")
    return text % values


def refuse_many(op: Operation, keys: list[int], user: Any) -> None:
    """Before an operation on these records: raises Asked, with the request, where so many take two people."""
    why = why_many(op, len(keys), user)
    if not why:
        return
    mark = sha256(repr(sorted(keys)).encode()).hexdigest()
    same = Approval.objects.waiting(MANY).filter(operation=op.full_name, mark=mark, asked_by=user)
    if not same.exists():
        kind = ContentType.objects.get_for_model(op.on)
        Approval.objects.create(
            kind=MANY, operation=op.full_name, content_type=kind, mark=mark, keys=sorted(keys), asked_by=user
        )
    raise Asked(_("%(why)s It has been put before those who may approve.") % {"why": why})


def may_answer(asked: Approval, user: Any) -> bool:
    """Whether this person may approve the request, or refuse it."""
    op = operations.find(asked.operation)
    if not asked.waits or op is None or not user.has_perm(op.permission):
        return False
    behind = APIKey.objects.person_behind
    if asked.kind == MANY:
        return user.has_perm(MANY_MAY) and behind(user) != behind(asked.asked_by)
    rule = rules.get(asked.kind)
    return bool(rule and asked.record and rule.may_approve(asked, asked.record, user))


def sees_all(user: Any) -> bool:
    """Whether this person sees what others asked for: who approves something, and who looks into everything."""
    approving = {MANY_MAY, *(rule.permission for rule in rules.values())}
    return user.has_perm("wechat.view_step") or any(user.has_perm(name) for name in approving)
