from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission, DjangoModelPermissions
from rest_framework.request import Request

from .keys import has
from .models import APIKey
from .scopes import SCOPES, grants


class ModelAndOperationPermissions(DjangoModelPermissions):
    """The model's permissions, view included. Operations have one of their own; `needs` names others by action."""

    perms_map = {
        **DjangoModelPermissions.perms_map,
        "GET": ["%(app_label)s.view_%(model_name)s"],
        "HEAD": ["%(app_label)s.view_%(model_name)s"],
        "OPTIONS": ["%(app_label)s.view_%(model_name)s"],
    }

    def has_permission(self, request: Request, view: Any) -> bool:
        key = request.auth if isinstance(request.auth, APIKey) else None
        if key is None and not (request.user.is_authenticated and request.user.is_staff):
            return False
        missing = next((wanted for wanted in self.wanted(request, view) if not has(request, wanted)), None)
        if missing and key and key.grants(missing):
            text = _("%(person)s, who made this key, may not do this any more: an owner can make another key.")
            self.message = text % {"person": key.created_by}
        elif missing and key:
            names = [scope for scope in SCOPES if grants(scope, missing)]
            text = _(
                "This key lacks a scope for it: %(names)s. It has: %(scopes)s. A key's scopes are fixed: make another."
            )
            none = _("none, it is for signed-in staff")
            self.message = text % {"names": " / ".join(names) or none, "scopes": ", ".join(key.scopes)}
        return missing is None

    def wanted(self, request: Request, view: Any) -> list[str]:
        op = getattr(getattr(view, view.action or "", None), "operation", None) if hasattr(view, "action") else None
        named = op.permission if op else getattr(view, "needs", {}).get(getattr(view, "action", None))
        if named:
            return [named]
        if getattr(view, "_ignore_model_permissions", False):  # the API's root, a list of addresses
            return []
        return self.get_required_permissions(request.method or "", self._queryset(view).model)


class SchemaReaders(BasePermission):
    """Of the API's document: staff and keys; everybody where API_PUBLIC_SCHEMA is on."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return settings.API_PUBLIC_SCHEMA or isinstance(request.auth, APIKey) or request.user.is_staff
