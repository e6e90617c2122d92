from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from console.jobs import wait_until
from console.links import row_key
from console.lists import ReadOnlyAdmin
from console.sheets import write
from console.templatetags.console import ago, badge
from console.words import retold

from ..imports import batches, columns, sheet_rows
from ..models import Batch
from ..models.batch import BatchQuerySet
from ..models.spu import SPUQuerySet

TONES: dict[str, str] = {
    Batch.State.CHECKING: "blue",
    Batch.State.CHECKED: "amber",
    Batch.State.IMPORTING: "blue",
    Batch.State.IMPORTED: "green",
    Batch.State.UNDOING: "blue",
    Batch.State.FAILED: "red",
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class BringForm(forms.Form):
    sheet = forms.FileField(
        label=gettext_lazy("sheet"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        help_text=gettext_lazy(
            "XLSX or CSV. It is checked first; nothing is imported before you have seen the result."
        ),
    )
    pictures = forms.FileField(
        label=gettext_lazy("pictures"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".zip"}),
        help_text=gettext_lazy(
            "A zip with the files that the sheet names. Not needed where it gives https addresses, where the pictures "
            "are inside its cells (WPS), or for mended rows whose pictures came with the import before."
        ),
    )
    mends = forms.ModelChoiceField(Batch.objects.none(), required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, mendable: QuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["mends"]).queryset = mendable


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    menu = ("products", 20)
    day_column = "created_at"
    empty_text = gettext_lazy("Nothing was imported yet: “Import a sheet” in the list of products begins.")
    list_display = ["title", "state_badge", "kind", "good", "bad", "user", "brought"]
    list_display_links = ["title"]
    list_filter = ["state", "user"]
    list_select_related = ["user"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return cast(BatchQuerySet, super().get_queryset(request)).seen_by(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalog.add_spu") and request.user.has_perm("catalog.change_spu")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        steer = [
            path(f"<int:pk>/{name}/", wrap(require_POST(getattr(self, name))), name=f"catalog_batch_{name}")
            for name in ("start", "undo", "pause", "resume")
        ]
        return [
            path("template/<slug:kind>.xlsx", wrap(self.template), name="catalog_batch_template"),
            path("<int:pk>/faults.xlsx", wrap(self.faults), name="catalog_batch_faults"),
            *steer,
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("import"))
    def title(self, batch: Batch) -> str:
        return str(batch)

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, batch: Batch) -> SafeString:
        if batch.paused and batch.is_working:
            return badge(_("Paused"), "amber")
        return badge(batch.get_state_display(), TONES.get(batch.state, "grey"))

    @admin.display(description=gettext_lazy("uploaded at"))
    def brought(self, batch: Batch) -> str:
        return ago(batch.created_at)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Upload a sheet: it is checked at once, and changes no product yet."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        mendable = self.get_queryset(request)
        mended = mendable.filter(pk=request.GET["mends"]).first() if request.GET.get("mends", "").isdecimal() else None
        form = BringForm(request.POST or None, request.FILES or None, initial={"mends": mended}, mendable=mendable)
        if request.method == "POST" and form.is_valid():
            brought = form.cleaned_data
            try:
                batch = batches.create(brought["sheet"], brought["pictures"], mends=brought["mends"])
            except ValidationError as error:
                form.add_error("sheet", error)
            else:
                wait_until(lambda: not Batch.objects.get(pk=batch.pk).is_working)
                return HttpResponseRedirect(reverse("admin:catalog_batch_change", args=[batch.pk]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Import a sheet"),
            "form": form,
            "mended": mended,
            "columns": columns.PRODUCTS,
        }
        return render(request, "admin/bring.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Its progress, the errors of each row, and what can be done next."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        batch = get_object_or_404(self.get_queryset(request).select_related("user", "mends"), pk=row_key(object_id))
        page = self.get_paginator(request, batch.rows.order_by("number"), 50).get_page(request.GET.get("p"))
        titles = {column.name: column.title for column in [*columns.PRODUCTS, columns.FAULTS]}
        for row in page:
            row.error_lines = [
                (titles.get(name, name), row.cells.get(name), map(retold, lines))
                for name, lines in sorted(row.errors.items())
            ]
        undoing = batch.state in (Batch.State.UNDOING, Batch.State.UNDONE)
        outcomes = dict.fromkeys(batch.changes.model.Outcome, 0)
        if undoing:
            outcomes |= batch.changes.exclude(outcome="").values_list("outcome").annotate(Count("pk"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(batch),
            "batch": batch,
            "badge": self.state_badge(batch),
            "total": batch.changes.count() if undoing else batch.total,
            "done": batch.done,
            "page": page,
            "undoing": undoing,
            "outcomes": [(outcome.label, count) for outcome, count in outcomes.items() if count],
            "left": outcomes[batch.changes.model.Outcome.EDITED] + outcomes[batch.changes.model.Outcome.SENT],
            "may_steer": self.may_steer(request, batch),
        }
        response = render(request, "admin/batch.html", context)
        if batch.is_working and not batch.paused:
            response.headers["Refresh"] = "2"
        return response

    def may_steer(self, request: HttpRequest, batch: Batch) -> bool:
        mine = batch.user_id == request.user.pk or request.user.has_perm("console.change_job")
        return mine and self.has_add_permission(request)

    def start(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        return self._steer(request, pk, batches.start, _("The good rows are being imported."))

    def undo(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        return self._steer(request, pk, batches.undo, _("Every product is being restored as it was before."))

    def pause(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        return self._steer(request, pk, batches.pause, _("Paused."))

    def resume(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        return self._steer(request, pk, batches.resume, _("It goes on."))

    def _steer(
        self, request: HttpRequest, pk: int, change: Callable[[Batch], bool | None], message: str
    ) -> HttpResponseRedirect:
        batch = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.may_steer(request, batch):
            raise PermissionDenied
        if change(batch) is False:
            messages.warning(request, _("That is not possible now."))
        else:
            messages.success(request, message)
        return HttpResponseRedirect(reverse("admin:catalog_batch_change", args=[pk]))

    def template(self, request: HttpRequest, kind: str) -> HttpResponse:
        """An empty sheet to fill in."""
        chosen = columns.PRICES if kind == "prices" else columns.PRODUCTS
        return _file(write.template(chosen), f"{'prices' if kind == 'prices' else 'products'}-template.xlsx")

    def faults(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The rows that were not imported, each with its errors, to be corrected and uploaded again."""
        batch = get_object_or_404(self.get_queryset(request), pk=pk)
        chosen = columns.PRICES if batch.kind == Batch.Kind.PRICES else [*columns.PRODUCTS, columns.MENDS]
        return _file(write.xlsx([*chosen, columns.FAULTS], sheet_rows.faulty_rows(batch)), f"rows-not-taken-{pk}.xlsx")


def _file(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def exported(products: SPUQuerySet, kind: str) -> StreamingHttpResponse | HttpResponse:
    """Products as a sheet that can be imported again: CSV, streamed, or XLSX."""
    stamp = timezone.localtime().strftime("%Y%m%d-%H%M")
    if kind == "csv":
        return StreamingHttpResponse(
            write.csv_lines(columns.PRODUCTS, sheet_rows.product_rows(products)),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="products-{stamp}.csv"'},
        )
    if kind == "prices":
        return _file(write.xlsx(columns.PRICES, sheet_rows.product_rows(products)), f"prices-{stamp}.xlsx")
    return _file(write.xlsx(columns.PRODUCTS, sheet_rows.product_rows(products)), f"products-{stamp}.xlsx")
