"""What a process of the console asks before it starts: whether the database is its own, and its keys open it."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from wechat import belonging, field_keys


def refuse_another() -> None:
    """Note the first use. Raises ImproperlyConfigured on another mini program's database, or where keys are missing.

    A database that is away, or not migrated yet, stops no process: each call to WeChat asks again.
    """
    try:
        refusal = belonging.note() or field_keys.note()
    except DatabaseError:
        refusal = ""
    finally:
        connection.close()  # processes that are forked from this one must not share it
    if refusal:
        raise ImproperlyConfigured(refusal)


def check(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """`manage.py check --database default` says it before a running process is replaced; it notes nothing."""
    if "default" not in (databases or ()):
        return []
    try:
        refusals = {"config.E001": belonging.refusal(), "config.E002": field_keys.refusal()}
    except DatabaseError:
        return []
    return [Error(refusal, id=name) for name, refusal in refusals.items() if refusal]


def check_proxies(**kwargs: Any) -> list[CheckMessage]:
    """Behind a proxy that is not counted everybody has its address: nobody who guesses passwords is refused."""
    if settings.SECURE_PROXY_SSL_HEADER and not settings.TRUSTED_PROXIES:
        text = "BEHIND_PROXY is on and TRUSTED_PROXIES is 0: all clients have the proxy's address."
        return [Warning(text, hint="Set TRUSTED_PROXIES to the number of proxies.", id="config.W001")]
    return []
