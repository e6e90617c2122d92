from rest_framework.permissions import DjangoModelPermissions


class ModelAndOperationPermissions(DjangoModelPermissions):
    """The model's own permissions, view included; an operation wants its own, and `needs` names others by action."""

    perms_map = {
        **DjangoModelPermissions.perms_map,
        "GET": ["%(app_label)s.view_%(model_name)s"],
        "HEAD": ["%(app_label)s.view_%(model_name)s"],
        "OPTIONS": ["%(app_label)s.view_%(model_name)s"],
    }

    def has_permission(self, request, view):
        if not (request.user.is_authenticated and request.user.is_staff):
            return False
        op = getattr(getattr(view, view.action or "", None), "operation", None) if hasattr(view, "action") else None
        wanted = op.permission if op else getattr(view, "needs", {}).get(getattr(view, "action", None))
        return request.user.has_perm(wanted) if wanted else super().has_permission(request, view)
