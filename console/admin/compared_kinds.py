from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from console.reconciling.sources import kinds, seen_kinds


class KindFilter(admin.SimpleListFilter):
    """The kinds that are compared with WeChat and whose records this person may see."""

    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        titles = kinds()
        return [(kind, titles[kind]) for kind in seen_kinds(request.user.has_perm)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(kind=self.value()) if self.value() else queryset
