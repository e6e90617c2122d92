from django.urls import reverse
from django.utils.translation import gettext as _

from console.today import Card, Progress, card, progress

from .board.rows import Board
from .board.states import State
from .models import Access, Sharer

BOARD = "admin:scenes_access_changelist"
MOST = 1000


@progress("scenes.view_access")
def access() -> Progress | None:
    """The progress bar of the access, until all steps are completed."""
    board = Board(Access.load())
    if (row := board.next) is None:
        return None
    text = _("%(done)d of 17 · next: %(step)s (%(whose)s)")
    text %= {"done": board.completed, "step": row.step.title, "whose": row.whose}
    tone = "red" if row.state == State.FAILED else "amber"
    return Progress(_("Access"), [line.is_completed for line in board.rows], text, reverse(BOARD), tone)


@card("scenes.invite_sharer")
def invitations() -> Card:
    waiting = Sharer.objects.inviting()[:MOST].count()
    new = Sharer.objects.uninvited()[:MOST].count()
    text = _("%(count)d kept here and not invited yet") % {"count": new} if new else _("WeChat tells when they agree.")
    return Card(
        _("Invited sharers"),
        waiting,
        text if waiting or new else _("Nobody is being invited."),
        reverse("admin:scenes_sharer_changelist") + f"?state={'new' if new and not waiting else 'inviting'}",
        "amber" if new else "grey",
        order=60,
    )
