from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.edits import TracedAdmin, trace_edit
from console.lists import ReadOnlyAdmin
from console.models import Edit, Reveal
from console.roles import label_of


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
        # The accounts of API keys are no people: nobody signs in with them.
        people = super().get_queryset(request).filter(api_key=None).prefetch_related("groups")
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
