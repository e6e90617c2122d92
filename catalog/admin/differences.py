from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy, ngettext

from console import jobs
from console.confirming import Confirmation
from console.lists import ReadOnlyAdmin
from console.outcomes import progress
from console.templatetags.console import ago
from wechat.chunks import chunks_of

from .. import fields, operations
from ..models import SPU, Difference, Unsent
from ..tracing import take_theirs


@admin.register(Difference)
class DifferenceAdmin(ReadOnlyAdmin):
    """Where WeChat's copies differ from what was sent."""

    empty_text = gettext_lazy(
        "Where WeChat shows something else than you, it stands here until you choose one of the two. None waits."
    )
    menu = ("products", 30)
    list_display = ["product", "where", "mine", "wechats", "found"]
    list_display_links = None
    list_select_related = ["spu"]
    actions = ["take", "push"]
    search_fields = ["spu__out_product_id", "spu__title"]
    change_list_template = "admin/differences.html"

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalog.change_spu")

    @admin.action(description=gettext_lazy("Take WeChat's"), permissions=["resolve"])
    def take(self, request: HttpRequest, queryset: QuerySet[Difference]) -> HttpResponse | None:
        question = gettext_lazy("What the console has there is replaced.")
        asked = Confirmation(self, request, queryset, gettext_lazy("Take WeChat's"), question=question)
        if not asked.is_given:
            return asked.page()
        count = 0
        for chunk in chunks_of(queryset.select_related("spu"), 200):
            count += sum(take_theirs(row) for row in chunk)
        messages.success(request, ngettext("%d taken from WeChat.", "%d taken from WeChat.", count) % count)
        return None

    @admin.action(description=gettext_lazy("Push ours"), permissions=["resolve"])
    def push(self, request: HttpRequest, queryset: QuerySet[Difference]) -> HttpResponse:
        question = gettext_lazy("What WeChat has there is replaced; what it reviews goes into review.")
        asked = Confirmation(self, request, queryset, gettext_lazy("Push ours"), question=question)
        if not asked.is_given:
            return asked.page()
        products = SPU.objects.filter(pk__in=queryset.values("spu"))
        started = []
        for op, rows in (
            (operations.update_spu_without_audit, products.filter(unsent=Unsent.FREE)),
            (operations.submit_spu, products.exclude(unsent=Unsent.FREE)),
        ):
            if rows.exists():
                if not request.user.has_perm(op.permission):
                    raise PermissionDenied
                started.append(jobs.start(op, rows))
        for job in started:
            jobs.wait(job)
        if len(started) == 1:
            return progress(started[0])
        return HttpResponseRedirect(reverse("admin:console_job_changelist"))

    @admin.display(description=gettext_lazy("product"))
    def product(self, row: Difference) -> str:
        return format_html('<a href="{}">{}</a>', reverse("admin:catalog_spu_change", args=[row.spu_id]), row.spu)

    @admin.display(description=gettext_lazy("field"))
    def where(self, row: Difference) -> str:
        return fields.label(row.field)

    @admin.display(description=gettext_lazy("ours"))
    def mine(self, row: Difference) -> str:
        return fields.shown(row.field, row.ours)

    @admin.display(description=gettext_lazy("WeChat's"))
    def wechats(self, row: Difference) -> str:
        return fields.shown(row.field, row.theirs)

    @admin.display(description=gettext_lazy("found"))
    def found(self, row: Difference) -> str:
        return ago(row.found_at)
