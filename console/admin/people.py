from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.doors import DOORS
from console.edits import TracedAdmin, trace_edit
from console.keys import lost
from console.list_filters import choice_filter
from console.lists import ReadOnlyAdmin
from console.models import APIKey, Edit, Reveal
from console.roles import label_of


@admin.register(Edit)
class EditAdmin(ReadOnlyAdmin):
    empty_text = gettext_lazy("What people change is kept here, field by field.")
    day_column = "at"
    list_display = ["record", "user", "door", "at"]
    list_filter = ["user", choice_filter("door", gettext_lazy("through"), DOORS)]
    list_select_related = ["user"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("record")


@admin.register(Reveal)
class RevealAdmin(ReadOnlyAdmin):
    empty_text = gettext_lazy("Whoever looks behind a mask or finds a buyer is noted here, with the reason.")
    day_column = "at"
    list_display = ["what", "record", "reason", "user", "at"]
    list_filter = ["user", choice_filter("door", gettext_lazy("through"), DOORS)]
    list_select_related = ["user"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("record")


class OneRole(forms.RadioSelect):
    """One choice of a field that could hold several: nearly everybody has one role."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [chosen] if (chosen := super().value_from_datadict(data, files, name)) else []

    def format_value(self, value: Any) -> list[str]:
        return [str(one) for one in value or []]


admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class PersonAdmin(TracedAdmin, UserAdmin):
    """People and their roles. Nobody may change their own roles; only a superuser may make somebody a superuser."""

    menu = ("settings", 50)
    add_form_template = "admin/change_form.html"  # Django's own has a sentence without Chinese
    list_display = ["username", "email", "roles", "is_active", "last_login"]
    list_filter = ["groups", "is_active"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (gettext_lazy("Person"), {"fields": ["first_name", "last_name", "email"]}),
        (gettext_lazy("Roles"), {"fields": ["is_active", "groups"]}),
        (gettext_lazy("Sign-ins"), {"fields": ["sign_ins"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": ["username", "password1", "password2", "groups"],
            },
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        # The accounts of API keys are left out: nobody signs in with them.
        people = super().get_queryset(request).filter(api_key=None).prefetch_related("groups")
        return people if request.user.is_superuser else people.filter(is_superuser=False)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        own = obj is not None and obj.pk == request.user.pk
        return ["sign_ins", *(["is_active", "groups"] if own and not request.user.is_superuser else [])]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "groups" and field is not None:
            field.label_from_instance = lambda obj: label_of(obj.name)  # type: ignore[method-assign]
            field.help_text = _("What this person may see and do.")
            if not self._has_several_roles(request):
                field.widget = OneRole(choices=field.widget.choices)
        return field

    def _has_several_roles(self, request: HttpRequest) -> bool:
        key = request.resolver_match.kwargs.get("object_id", "") if request.resolver_match else ""
        return key.isdecimal() and User.groups.through.objects.filter(user_id=key).count() > 1

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        response = super().user_change_password(request, id, form_url)
        person = self.get_object(request, id)
        if request.method == "POST" and response.status_code == 302 and person is not None:
            trace_edit(person, {"password": ["****", "****"]})
        return response

    @admin.display(description=gettext_lazy("sessions and second factor"))
    def sign_ins(self, person: User) -> str:
        at = reverse("admin:sign_ins_of", args=[person.pk])
        return format_html('<a href="{}">{}</a>', at, _("Look at them, and end sessions"))

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, person: User) -> str:
        return ", ".join(label_of(group.name) for group in person.groups.all()) or "–"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.is_staff = True
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change and {"groups", "is_active"} & set(form.changed_data):
            keys = APIKey.objects.filter(created_by=form.instance.pk, revoked_at=None).select_related("created_by")
            if less := [key.name for key in keys if lost(key)]:
                text = _(
                    "API keys that %(person)s made do less from now on, or nothing: %(keys)s. You can make others."
                )
                messages.warning(request, text % {"person": form.instance, "keys": ", ".join(less)})


@admin.register(Group)
class RoleAdmin(ReadOnlyAdmin, GroupAdmin):
    """Read-only: roles are defined in code (`console/roles.py`)."""

    menu = ("settings", 60)
    list_display = ["role"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        named = Prefetch("permissions", Permission.objects.select_related("content_type"))
        return super().get_queryset(request).prefetch_related(named)

    @admin.display(description=gettext_lazy("role"))
    def role(self, group: Group) -> str:
        return label_of(group.name)
