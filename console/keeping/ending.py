"""The ends of what the console itself keeps, each night; other tables end in `wechat.tasks.prune` and in the apps."""

from importlib import import_module

from django.conf import settings

from wechat import retention

from ..models import Job, PasswordTry, ReconciliationRun, SignIn, SignInNotice


def end() -> int:
    """Delete jobs, sign-ins and sessions whose time is over; returns how many rows, without sessions."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    gone = retention.delete(retention.over("jobs", Job.objects.exclude(finished_at=None), "finished_at"))
    runs = ReconciliationRun.objects.exclude(finished_at=None)
    gone += retention.delete(retention.over("jobs", runs, "finished_at"))
    for model in (SignIn, PasswordTry, SignInNotice):
        gone += retention.delete(retention.over("sign_ins", model._default_manager.all(), "at"))
    return gone
