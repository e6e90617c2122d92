"""What is put right after a backup was restored: it knows nothing of what the console did since it was made.

An app whose records need more registers it:

    @after_restore("erasures")
    def erase_again(backup): return [f"{n} erased again"]   # what was done, for the operator
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from django.contrib.sessions.models import Session
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from wechat.models import AccessToken, PulledList, Step
from wechat.steps import actors
from wechat.steps.pulls import pulls

from .. import jobs
from ..feed import positions
from ..models import Authenticator
from .manifest import Manifest

State = Step.State
Hook = Callable[["Restored"], list[str]]
_hooks: dict[str, Hook] = {}


class Restored:
    """A backup that was just restored: its manifest, and the folder where it and its neighbours are."""

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        self.manifest, self.folder = manifest, folder


def after_restore(name: str) -> Callable[[Hook], Hook]:
    """Register what runs once after each restore, before any process starts; nothing may be sent to WeChat in it."""

    def register(hook: Hook) -> Hook:
        _hooks[name] = hook
        return hook

    return register


def run(restored: Restored) -> Iterator[str]:
    """Run all, in the order of their names but those of this file first; gives what was done."""
    for hook in (
        end_sessions,
        doubt_steps,
        leave_out_positions,
        *(_hooks[name] for name in sorted(_hooks)),
        pull_lists,
    ):
        yield from hook(restored)


def end_sessions(restored: Restored) -> list[str]:
    """Who signed out, or was locked out, since then is not let in again; the token may be another one by now."""
    AccessToken.objects.all().delete()
    count, _models = Session.objects.all().delete()
    said = [_("%(count)d sessions ended: everybody signs in again.") % {"count": count}] if count else []
    if Authenticator.objects.exists():
        said.append(
            _(
                "Authenticator apps and recovery codes are those of the backup: who set up another app since then "
                "needs ./manage.py reset_second_factor, and codes that were used or replaced are valid again."
            )
        )
    return said


def doubt_steps(restored: Restored) -> list[str]:
    """What was to be sent may have been sent since then: the sweep reads back at WeChat, or a person decides."""
    waiting = Step.objects.filter(reads=False, state__in=[State.WANTED, State.SENT])
    message = _("It was open in the backup that was restored; it may have been carried out since.")
    count = waiting.update(state=State.UNKNOWN, message=message, lease_until=None, next_attempt_at=Now())
    read = Step.objects.filter(reads=True, state=State.SENT)
    read.update(lease_until=Now())  # of no worker that lives: the sweep takes them at once
    return [_("%(count)d open steps are of unknown outcome now.") % {"count": count}] if count else []


def leave_out_positions(restored: Restored) -> list[str]:
    """Who reads the feed and holds a position of the time since then is told to read everything again."""
    positions.leave_out_lost()
    return []


def pull_lists(restored: Restored) -> list[str]:
    """Ask for every list that was pulled before, once the workers run: what WeChat knows meanwhile."""
    lists = PulledList.objects.filter(~Q(pulled_at=None), name__in=pulls).order_by("name")
    with actors.acting("command"):
        for listed in lists:
            jobs.start(pulls[listed.name], [listed])
    return [_("%(count)d lists are pulled once the workers run.") % {"count": len(lists)}] if lists else []
