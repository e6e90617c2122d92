"""Edits that somebody changed or deleted past the console."""

from django.utils.translation import gettext_lazy as _

from ..alerts.kinds import Cause, alert
from ..models import EditCheck


@alert(
    "edits_changed",
    title=_("Edits do not hold"),
    text=_(
        "Somebody changed the record of edits in the database, or its chain is broken; faults: %(count)d."
        " ./manage.py verify_edits names them."
    ),
    permission="auth.change_user",
    page="admin:console_edit_changelist",
    is_urgent=True,
)
def edits_changed() -> list[Cause]:
    """As the last night's look found them."""
    check = EditCheck.objects.exclude(faults=0).first()
    return [Cause("edits", {"count": check.faults})] if check else []
