"""What is said of pay-outs after a restore (`console.backup.after`)."""

from django.utils.translation import ngettext

from console.backup.after import Restored, after_restore

from .models import Statement


@after_restore("pay-outs")
def tell_of_unpaid(restored: Restored) -> list[str]:
    """Those that were paid since the backup stand as to be paid again."""
    count = Statement.objects.to_pay().count()
    text = ngettext(
        "%(count)d pay-out stands as not paid: it may have been paid since the backup. Ask the bank before you pay it.",
        "%(count)d pay-outs stand as not paid: some may have been paid since the backup. Ask the bank before you pay "
        "them.",
        count,
    )
    return [text % {"count": count}] if count else []
