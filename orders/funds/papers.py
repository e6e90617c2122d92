"""Papers of the merchant account's application."""

from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from console.papers import Uses, uses_papers
from wechat.models import Image

from .models import MerchantAccount


@uses_papers
def of_the_account(image: Image) -> Uses:
    found = Q()
    for name in MerchantAccount.SINGLE:
        found |= Q(**{name: image})
    for name in MerchantAccount.SEVERAL:
        with_it = getattr(MerchantAccount, name).through.objects.filter(image=image)
        found |= Q(pk__in=with_it.values("merchantaccount"))
    return Uses(MerchantAccount.objects.filter(found), _why_not, _replace)


def _why_not(account: MerchantAccount) -> str | Promise:
    if account.may_apply:
        return ""
    return _("Its application cannot be changed while the state is “%(state)s”.") % {"state": account.state_label}


def _replace(account: Any, old: Image, new: Image) -> None:
    names = [name for name in MerchantAccount.SINGLE if getattr(account, f"{name}_id") == old.pk]
    for name in names:
        setattr(account, name, new)
    account.save(update_fields=[*names, "changed_at"])
    for name in MerchantAccount.SEVERAL:
        papers = getattr(account, name)
        if papers.filter(pk=old.pk).exists():
            papers.remove(old)
            papers.add(new)
