"""Documents: what hangs on each, until when it holds, and how a new one takes its place."""

from datetime import date
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.models import SPU
from console.confirming import Confirmation
from console.edits import trace_edit
from console.links import record_link
from console.operation_admin import OperationAdmin
from console.outcomes import run_many
from console.papers import SHOWN, Replaced, group, groups_of, replace_everywhere
from console.templatetags.console import badge
from wechat.models import Image
from wechat.operations import upload_image

from ..forms import DocumentForm, ReplaceForm
from ..models import Document
from ..models.document import DocumentQuerySet, days_left
from ..papers import goods_under


class ExpiryFilter(admin.SimpleListFilter):
    title = gettext_lazy("expiry")
    parameter_name = "expiry"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[Any, Any]]:
        days = sorted(settings.DOCUMENT_REMINDER_DAYS, reverse=True)
        return [("soon", gettext_lazy("expired or expiring soon")), *((str(one), days_left(one)) for one in days)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        documents, value = cast(DocumentQuerySet, queryset), self.value() or ""
        if value.isdecimal():
            return documents.due(int(value))
        return documents.expiring() if value == "soon" else documents


@admin.register(Document)
class DocumentAdmin(OperationAdmin):
    empty_text = gettext_lazy(
        "Licences, certificates and authorisations are kept here once, and used by every application."
    )
    menu = ("papers", 30)
    form = DocumentForm
    fields = ["kind", "title", "file", "preview", "expires_on", "at_wechat"]
    readonly_fields = ["preview", "at_wechat"]
    list_display = ["thumbnail", "title", "kind", "expiry", "at_wechat"]
    list_display_links = ["title"]
    list_filter = ["kind", ExpiryFilter]
    list_select_related = ["image"]
    search_fields = ["title"]
    actions = ["upload"]
    change_form_template = "admin/document.html"

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [path("<int:pk>/replace/", wrap(self.replace), name="document_replace"), *super().get_urls()]

    def get_fields(self, request: HttpRequest, obj: Document | None = None) -> list[Any]:
        return [name for name in self.fields if name != "file" or obj is None or not obj.is_used]

    def replace(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put a new document in the place of this one, in every record that may be edited."""
        old = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, old) or not self.has_add_permission(request):
            raise PermissionDenied
        form = ReplaceForm(request.POST or None, request.FILES or None, old=old)
        if request.method == "POST" and form.is_valid():
            new = form.save()
            for line in getattr(form, "notes", []):
                messages.info(request, line)
            replaced = replace_everywhere(old.image, new.image, request.user, (str(old), str(new)))
            if not replaced.more:
                Document.objects.filter(pk=old.pk).update(replaced_by=new)
                trace_edit(old, {"replaced_by": ["", str(new)]})
            _say(request, replaced)
            return HttpResponseRedirect(reverse("admin:qualifications_document_change", args=[new.pk]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Replace “%(title)s”") % {"title": old},
            "original": old,
            "form": form,
            "groups": groups_of(old.image, request.user),
        }
        return render(request, "admin/replace_document.html", context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            groups = groups_of(obj.image, request.user)
            if request.user.has_perm("catalog.view_spu"):
                groups.append(group(_("Products of these brands and categories"), goods_under(obj.image)))
            context |= {
                "groups": [one for one in groups if one.links],
                "may_replace": self.has_change_permission(request, obj) and self.has_add_permission(request),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Document | None = None) -> bool:
        # A document that an application uses cannot be changed: it was sent to WeChat.
        return super().has_delete_permission(request, obj) and (obj is None or not obj.is_used)

    def has_upload_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(upload_image.permission)

    @admin.action(description=gettext_lazy("Upload to WeChat"), permissions=["upload"])
    def upload(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        asked = Confirmation(self, request, queryset, gettext_lazy("Upload to WeChat"), why_not=_why_not_uploaded)
        if not asked.is_given:
            return asked.page()
        images = Image.objects.filter(pk__in=asked.rows.values("image_id"), link="")
        return run_many(upload_image, images)

    @admin.display(description="")
    def thumbnail(self, document: Document) -> str:
        return _picture(document.image, "thumb")

    @admin.display(description=gettext_lazy("as it is now"))
    def preview(self, document: Document) -> str:
        return _picture(document.image, "preview") if document.image_id else "–"

    @admin.display(description=gettext_lazy("valid until"), ordering="expires_on")
    def expiry(self, document: Document) -> str | date:
        if document.expires_on is None:
            return "–"
        return badge(document.expires_on, "red") if document.is_expired else document.expires_on

    @admin.display(description=gettext_lazy("at WeChat"))
    def at_wechat(self, document: Document) -> str:
        if not document.image_id or not document.image.link:
            return badge(_("sent with the first submission"), "grey")
        return badge(_("uploaded"), "green")

    def state_badge(self, obj: Document) -> SafeString:
        return badge(obj.state_label, "red" if obj.is_expired else "green" if obj.image.link else "grey")


def _say(request: HttpRequest, replaced: Replaced) -> None:
    count = len(replaced.records)
    text = ngettext("Replaced in %(count)d record.", "Replaced in %(count)d records.", count)
    messages.success(request, text % {"count": count})
    if products := sum(isinstance(record, SPU) for record in replaced.records):
        text = ngettext(
            "%(count)d product now has to be submitted for review.",
            "%(count)d products now have to be submitted for review.",
            products,
        )
        messages.info(request, text % {"count": products})
    if replaced.more:
        messages.warning(request, _("Others still have the old document: replace it there by this one once more."))
    if replaced.left:
        rows = [(record_link(record), str(why)) for record, why in replaced.left]
        named = format_html_join("", "<br>{}: {}", rows[:SHOWN])
        more = _("and %(count)s more") % {"count": len(rows) - SHOWN} if len(rows) > SHOWN else ""
        messages.warning(request, format_html("{}{} {}", _("They keep the old document:"), named, more))


def _why_not_uploaded(document: Document) -> str:
    return _("WeChat has it already.") if document.image.link else ""


def _picture(image: Image, css: str) -> str:
    if not image.file:
        return format_html('<span class="no-picture">{}</span>', _("at WeChat"))
    return format_html(
        '<a href="{0}" target="_blank" rel="noopener"><img src="{0}" class="{1}" alt="{2}" loading="lazy"></a>',
        reverse("picture", args=[image.pk]),
        css,
        _("picture %(nth)d") % {"nth": image.pk},
    )
