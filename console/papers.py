"""Which records a picture is used in as a paper, and how another takes its place; registered by their apps.

@uses_papers
def of_accounts(image): return Uses(MerchantAccount.objects.filter(…), why_not=…, replace=…)
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from wechat.models import Image, Step

from .edits import trace_edit
from .links import record_link

SHOWN = 10  # records of a kind named on the page
MOST = 500  # records of a kind in which a paper is replaced at once
Text = str | Promise
User = PermissionsMixin | AnonymousUser


class Uses(NamedTuple):
    """records: with the picture; why_not: why another cannot take its place, "" where it can; replace: does it."""

    records: QuerySet
    why_not: Callable[[Any], Text]
    replace: Callable[[Any, Image, Image], None]

    def may(self, user: User, what: str) -> bool:
        opts = self.records.model._meta
        return user.has_perm(f"{opts.app_label}.{what}_{opts.model_name}")


_sources: list[Callable[[Image], Uses]] = []


def uses_papers(source: Callable[[Image], Uses]) -> Callable[[Image], Uses]:
    _sources.append(source)
    return source


def uses_of(image: Image) -> list[Uses]:
    return [source(image) for source in _sources]


class Group(NamedTuple):
    """Records of one kind, as a page names them: the first, and how many more there are."""

    label: str
    links: list[SafeString]
    more: int


def group(label: Text, records: QuerySet) -> Group:
    """In one query, or two where there are more than are named."""
    first = list(records[: SHOWN + 1])
    more = records.count() - SHOWN if len(first) > SHOWN else 0
    return Group(capfirst(str(label)), [record_link(record) for record in first[:SHOWN]], more)


def groups_of(image: Image, user: User) -> list[Group]:
    """The records with this picture that the user may see, by kind."""
    seen = [uses.records for uses in uses_of(image) if uses.may(user, "view")]
    made = (group(records.model._meta.verbose_name_plural or "", records) for records in seen)
    return [one for one in made if one.links]


class Replaced(NamedTuple):
    """more: whether some of a kind are still to be done, as there are so many."""

    records: list[Model]
    left: list[tuple[Model, Text]]  # with why
    more: bool


def replace_everywhere(old: Image, new: Image, user: User, names: tuple[str, str]) -> Replaced:
    """Put the new picture in the place of the old one, traced as an edit with the papers' names.

    Records that cannot be edited keep the old one.
    """
    done: list[Model] = []
    left: list[tuple[Model, Text]] = []
    more = False
    for uses in uses_of(old):
        keys = list(uses.records.values_list("pk", flat=True)[: MOST + 1])
        more = more or len(keys) > MOST
        for key in keys[:MOST]:
            with transaction.atomic():
                record = uses.records.model._base_manager.select_for_update().get(pk=key)
                if why := _why_not(uses, record, user):
                    left.append((record, why))
                    continue
                uses.replace(record, old, new)
                trace_edit(record, {"papers": list(names)})
            done.append(record)
    return Replaced(done, left, more)


def _why_not(uses: Uses, record: Model, user: User) -> Text:
    if not uses.may(user, "change"):
        return _("You may not change it.")
    if Step.objects.of(record).open().filter(reads=False).exists():
        return _("It is being sent to WeChat.")
    return uses.why_not(record)
