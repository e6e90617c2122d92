from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission, User
from django.db.models import Aggregate, Case, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Concat


class Joined(Aggregate):
    """Texts joined by commas."""

    output_field = TextField()
    template = "%(function)s(%(expressions)s, ',')"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="STRING_AGG", **context)


def _names(of: Any) -> QuerySet:
    """The permissions of a person and of their roles, as one text."""
    mine = Permission.objects.filter(Q(user=of) | Q(group__user=of)).order_by().annotate(one=Value(1)).values("one")
    return mine.annotate(names=Joined(Concat("content_type__app_label", Value("."), "codename"))).values("names")


def holds(user: Any, permission: str) -> bool:
    """Whether a person has one permission, in one query; cheaper than `has_perm` where nothing else is looked up."""
    if user.is_superuser or not user.is_active:
        return bool(user.is_active)
    app_label, _dot, codename = permission.partition(".")
    named = Permission.objects.filter(content_type__app_label=app_label, codename=codename)
    return named.filter(Q(user=user) | Q(group__user=user)).exists()


class OneQueryBackend(ModelBackend):
    """Django's own, but a person comes with all permissions in one query instead of three."""

    def get_user(self, user_id: Any) -> User | None:
        names = Case(When(is_superuser=False, then=Subquery(_names(OuterRef("pk")))))
        user = get_user_model()._default_manager.annotate(names=names).filter(pk=user_id).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        if not user.is_superuser:
            self._keep(user, user.names)
        return user

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None or user_obj.is_superuser:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            self._keep(user_obj, next(iter(_names(user_obj).values_list("names", flat=True)), None))
        return user_obj._perm_cache

    @staticmethod
    def _keep(user: Any, names: str | None) -> None:
        user._perm_cache = set(names.split(",")) if names else set()
