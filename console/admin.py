import csv

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from wechat import callbacks, operations, steps
from wechat.errors import meaning_of
from wechat.models import AccountInfo, Call, Callback, PulledList, Step
from wechat.sealed import Unreadable, unseal

from . import jobs
from .masking import reveal
from .models import Edit, Job, Reveal, failed
from .operation_admin import OperationAdmin, ReadOnlyAdmin, TracedAdmin, trace_edit
from .roles import label_of
from .site import record_link
from .templatetags.console import ago, badge, tone


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["name", "state_badge", "user", "door", "asked"]
    list_select_related = ["user"]

    def get_queryset(self, request):
        return super().get_queryset(request).seen_by(request.user)

    @admin.display(description=gettext_lazy("job"))
    def name(self, job):
        return str(job)

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, job):
        return badge(Job.State(job.state).label, tone(job.state))

    @admin.display(description=gettext_lazy("asked at"), ordering="created_at")
    def asked(self, job):
        return ago(job.created_at)

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/failed.csv", wrap(self.failed_rows), name="console_job_failed"),
            path("<int:pk>/pause/", wrap(require_POST(self.pause)), name="console_job_pause"),
            path("<int:pk>/resume/", wrap(require_POST(self.resume)), name="console_job_resume"),
            path("<int:pk>/cancel/", wrap(require_POST(self.cancel)), name="console_job_cancel"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The progress page: can be left and found again."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = get_object_or_404(self.get_queryset(request).select_related("user"), pk=object_id)
        state = request.GET.get("state", "")
        rows = job.steps.select_related("content_type").prefetch_related("record").order_by("id")
        if state in Step.State.values:
            rows = rows.filter(state=state)
        page = self.get_paginator(request, rows, 100).get_page(request.GET.get("p"))
        for row in page:
            row.link = record_link(row.record)
            row.meaning = meaning_of(row.errcode).text if row.errcode else ""
        counts = job.counts()
        seconds = (timezone.now() - job.created_at).total_seconds()
        rate = counts["closed"] / seconds if seconds and not job.paused else 0
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": job.label,
            "job": job,
            "job_state": Job.State(job.state).label,
            "counts": counts,
            "states": [(value, label, counts[value]) for value, label in Step.State.choices if counts[value]],
            "state": state,
            "page": page,
            "may_steer": self.may_steer(request, job),
            "rate": f"{rate:.1f}",
            "seconds_left": round(counts["to_go"] / rate) if rate and job.finished_at is None else None,
        }
        response = render(request, "admin/job.html", context)
        if job.finished_at is None:
            response.headers["Refresh"] = "3"
        return response

    def may_steer(self, request, job) -> bool:
        return job.user_id == request.user.pk or request.user.has_perm("console.change_job")

    def pause(self, request, pk):
        return self._steer(request, pk, jobs.pause, _("Paused. What is with WeChat already comes to its end."))

    def resume(self, request, pk):
        return self._steer(request, pk, jobs.resume, _("It goes on."))

    def cancel(self, request, pk):
        return self._steer(request, pk, jobs.cancel, _("Cancelled. What is with WeChat already comes to its end."))

    def _steer(self, request, pk, how, said):
        job = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.may_steer(request, job):
            raise PermissionDenied
        how(job)
        messages.success(request, said)
        return HttpResponseRedirect(reverse("admin:console_job_change", args=[pk]))

    def failed_rows(self, request, pk):
        """The rows somebody has to look at, as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        response = HttpResponse(
            "\ufeff",
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="job-{pk}.csv"'},
        )
        writer = csv.writer(response)
        writer.writerow(["record", "title", "state", "errcode", "message"])
        for step in (
            failed(get_object_or_404(self.get_queryset(request), pk=pk)).prefetch_related("record").order_by("id")
        ):
            cells = [step.object_id, step.record, step.get_state_display(), step.errcode or "", step.message]
            writer.writerow([_unformula(cell) for cell in cells])
        return response


@admin.register(Step)
class StepAdmin(ReadOnlyAdmin):
    list_display = ["name", "where", "state_badge", "user", "when", "message"]
    list_filter = ["state"]
    list_select_related = ["user", "content_type"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("record")

    @admin.display(description=gettext_lazy("operation"))
    def name(self, step):
        return steps.registry[step.operation].label if step.operation in steps.registry else step.operation

    @admin.display(description=gettext_lazy("record"))
    def where(self, step):
        return record_link(step.record)

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, step):
        return badge(step.get_state_display(), tone(step.state))

    @admin.display(description=gettext_lazy("at"), ordering="id")
    def when(self, step):
        return ago(step.sent_at or step.created_at)


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    list_display = ["endpoint", "errcode", "errmsg", "duration", "asked_by", "when"]
    list_filter = ["endpoint"]
    search_fields = ["endpoint__startswith", "errmsg"]
    fields = [
        "endpoint",
        "created_at",
        "duration",
        "attempt",
        "asked_by",
        "errcode",
        "errmsg",
        "request",
        "answer",
    ]

    @admin.display(description=gettext_lazy("at"), ordering="created_at")
    def when(self, call):
        return ago(call.created_at)


@admin.register(Callback)
class CallbackAdmin(ReadOnlyAdmin):
    list_display = ["name", "state_badge", "attempts", "received", "error"]
    list_filter = ["state"]
    search_fields = ["event__startswith"]
    actions = ["handle_again"]
    change_form_template = "admin/callback.html"
    fields = ["event", "state", "received_at", "handled_at", "attempts", "error", "concerns"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("body").prefetch_related("record")

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/reveal/", wrap(self.reveal), name="wechat_callback_reveal"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("event"), ordering="event")
    def name(self, callback):
        return callback.event or "–"

    @admin.display(description=gettext_lazy("state"))
    def state_badge(self, callback):
        return badge(callback.get_state_display(), tone(callback.state))

    @admin.display(description=gettext_lazy("received at"), ordering="id")
    def received(self, callback):
        return ago(callback.received_at)

    @admin.display(description=gettext_lazy("record"))
    def concerns(self, callback):
        return record_link(callback.record)

    def has_replay_permission(self, request):
        return request.user.has_perm("wechat.replay_callback")

    @admin.action(description=gettext_lazy("Handle again"), permissions=["replay"])
    def handle_again(self, request, queryset):
        count = callbacks.replay(queryset)
        messages.success(request, _("%d messages are handled again.") % count)

    def reveal(self, request, pk):
        """The message as it came, for a reason that is written down first."""
        if not request.user.has_perm("console.reveal"):
            raise PermissionDenied
        callback = get_object_or_404(Callback, pk=pk)
        reason = request.POST.get("reason", "").strip()
        body = None
        if request.method == "POST" and len(reason) >= 4:
            reveal(callback, _("the message as it came"), reason)
            try:
                body = unseal(callback.body).decode("utf-8", "replace")
            except Unreadable as error:
                body = str(error)
        elif request.method == "POST":
            messages.error(request, _("Say in a few words why you need to see it."))
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": str(callback), "body": body,
            "record": callback,
        }  # fmt: skip
        return render(request, "admin/reveal.html", context)


@admin.register(AccountInfo)
class AccountInfoAdmin(OperationAdmin):
    operations = [operations.send_account_info, operations.refresh_account_info]
    fieldsets = [
        (
            gettext_lazy("Customer service"),
            {"fields": ["official_service", "service_agent_path", "service_agent_phone"]},
        ),
        (
            gettext_lazy("Return address"),
            {
                "fields": [
                    "receiver_name",
                    "tel_number",
                    ("country", "province", "city", "town"),
                    "detailed_address",
                ]
            },
        ),
        (gettext_lazy("What WeChat has"), {"fields": ["at_wechat", "read_at"]}),
    ]
    readonly_fields = ["at_wechat", "read_at"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        """There is one of it: the list is the record."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        info = AccountInfo.objects.first() or AccountInfo.objects.create()
        return redirect("admin:wechat_accountinfo_change", info.pk)

    @admin.display(description=gettext_lazy("customer service at WeChat"))
    def at_wechat(self, info):
        kinds = {0: _("official"), 1: _("own page"), 2: _("phone")}
        given = info.platform.get("service_agent_type")
        if given is None:
            return _("Not read yet.")
        return ", ".join(kinds.get(kind, str(kind)) for kind in given)

    def get_fieldsets(self, request, obj=None):
        # The address names a person and a phone: only for those who may change it.
        if obj and not self.has_change_permission(request, obj):
            return [self.fieldsets[0], self.fieldsets[2]]
        return self.fieldsets


@admin.register(PulledList)
class PulledListAdmin(OperationAdmin):
    """Each list with its age; the apps that own a list hang their operation here."""

    list_display = ["__str__", "count", "age"]
    list_display_links = ["__str__"]
    fields = ["name", "count", "pulled_at"]
    readonly_fields = fields

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("pulled"), ordering="pulled_at")
    def age(self, pulled):
        return ago(pulled.pulled_at)


@admin.register(Edit)
class EditAdmin(ReadOnlyAdmin):
    list_display = ["record", "user", "door", "at"]
    list_select_related = ["user"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("record")


@admin.register(Reveal)
class RevealAdmin(ReadOnlyAdmin):
    list_display = ["what", "record", "reason", "user", "at"]
    list_select_related = ["user"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("record")


admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class PersonAdmin(TracedAdmin, UserAdmin):
    """People and their roles. Nobody changes their own roles, and only a superuser makes a superuser."""

    list_display = ["username", "email", "roles", "is_active", "last_login"]
    list_filter = ["groups", "is_active"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (gettext_lazy("Person"), {"fields": ["first_name", "last_name", "email"]}),
        (gettext_lazy("Roles"), {"fields": ["is_active", "groups"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": ["username", "usable_password", "password1", "password2", "groups"],
            },
        )
    ]

    def get_queryset(self, request):
        people = super().get_queryset(request).prefetch_related("groups")
        return people if request.user.is_superuser else people.filter(is_superuser=False)

    def get_readonly_fields(self, request, obj=None):
        own = obj is not None and obj.pk == request.user.pk
        return ["is_active", "groups"] if own and not request.user.is_superuser else []

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "groups":
            field.label_from_instance = lambda group: label_of(group.name)
            field.help_text = _("What this person may see and do.")
        return field

    def user_change_password(self, request, id, form_url=""):
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            trace_edit(self.get_object(request, id), {"password": ["****", "****"]})
        return response

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, person):
        return ", ".join(label_of(group.name) for group in person.groups.all()) or "–"

    def save_model(self, request, obj, form, change):
        obj.is_staff = True
        super().save_model(request, obj, form, change)


@admin.register(Group)
class RoleAdmin(ReadOnlyAdmin, GroupAdmin):
    """Roles are a table in code; here they can be read."""

    list_display = ["role"]

    @admin.display(description=gettext_lazy("role"))
    def role(self, group):
        return label_of(group.name)


def _unformula(cell) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(cell)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
