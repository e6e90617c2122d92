"""What of the console's own is put right after a restore (`console.backup.after`)."""

from django.utils.translation import gettext as _

from .backup.after import Restored, after_restore
from .erasing import lists, restoring


@after_restore("erasures")
def erase_again(restored: Restored) -> list[str]:
    """Who was erased since the backup: the list is at ERASURES_FILE, or came along beside the backups."""
    count = sum(restoring.apply(path) for path in lists.beside(restored.folder))
    return [_("%(count)d buyers who were erased since then are erased again.") % {"count": count}] if count else []
