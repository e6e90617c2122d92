from typing import Any

from django.conf import settings
from rest_framework.permissions import BasePermission, DjangoModelPermissions
from rest_framework.request import Request

from .keys import has
from .models import APIKey


class ModelAndOperationPermissions(DjangoModelPermissions):
    """The model's permissions, view included. Operations have one of their own; `needs` names others by action."""

    perms_map = {
        **DjangoModelPermissions.perms_map,
        "GET": ["%(app_label)s.view_%(model_name)s"],
        "HEAD": ["%(app_label)s.view_%(model_name)s"],
        "OPTIONS": ["%(app_label)s.view_%(model_name)s"],
    }

    def has_permission(self, request: Request, view: Any) -> bool:
        by_key = isinstance(request.auth, APIKey)
        if not by_key and not (request.user.is_authenticated and request.user.is_staff):
            return False
        return all(has(request, wanted) for wanted in self.wanted(request, view))

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
