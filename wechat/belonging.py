"""The mini program that this database belongs to: an AppID, at WeChat or in the sandbox.

It is noted at the first use. With settings that name another one no process starts (`config.starting`) and no call
leaves (`refuse_call`). Only `manage.py bind_database` changes it. A new AppSecret, Token or key changes nothing.
"""

import time
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from wechat.errors import AnotherMiniProgram
from wechat.models import Belonging

Platform = Belonging.Platform
FRESH = 5.0  # seconds for which a process goes by what it has read, so that not every call asks the database


class MiniProgram(NamedTuple):
    appid: str
    platform: str

    def __str__(self) -> str:
        return f"{self.appid or '?'} ({Platform(self.platform).label})" if self.platform else "?"


_held: tuple[MiniProgram, float] | None = None


def configured() -> MiniProgram:
    """The one that the settings name.

    The sandbox is known by its path. Any other address counts as WeChat's: it may be a proxy in front of it.
    """
    address = urlsplit(settings.WECHAT_API_BASE)
    official = (address.hostname or "").endswith(".weixin.qq.com")
    is_sandbox = address.path.rstrip("/").endswith("/sandbox") and not official
    return MiniProgram(settings.WECHAT_APPID, Platform.SANDBOX if is_sandbox else Platform.WECHAT)


def in_force() -> Belonging | None:
    """What is noted; None where nothing is."""
    return Belonging.objects.in_force().first()


def refusal() -> str:
    """Why this process may not use the database, for people; empty where it may."""
    return _refusal(in_force())


def note() -> str:
    """Note the first use, if there was none and the settings name an AppID; returns the refusal, or nothing."""
    noted = in_force()
    if noted is None and settings.WECHAT_APPID:
        noted, _created = Belonging.objects.get_or_create(number=1, defaults=_row("first use"))
    return _refusal(noted)


def bind(by: str) -> Belonging:
    """From now on the database belongs to what the settings name."""
    last = in_force()
    forget()
    return Belonging.objects.create(number=last.number + 1 if last else 1, **_row(by))


def refuse_call() -> None:
    """Raises AnotherMiniProgram where the database belongs to another one than this call would reach."""
    global _held
    wanted = configured()
    if _held and _held[0] == wanted and time.monotonic() < _held[1]:
        return
    if text := note():
        raise AnotherMiniProgram(text)
    _held = (wanted, time.monotonic() + FRESH)


def forget() -> None:
    """Read again before the next call."""
    global _held
    _held = None


def _row(by: str) -> dict:
    wanted = configured()
    return {
        "appid": wanted.appid,
        "platform": wanted.platform,
        "address": settings.WECHAT_API_BASE[:500],
        "noted_by": by,
    }


def _refusal(noted: Belonging | None) -> str:
    wanted = configured()
    if noted is None or (noted.appid and wanted == (noted.appid, noted.platform)):
        return ""
    if not noted.appid:
        said = _("This database has records, and nothing in it tells which mini program they belong to.")
    else:
        said = _("This database belongs to the mini program %(noted)s.") % {
            "noted": MiniProgram(noted.appid, noted.platform)
        }
    if not wanted.appid:
        return said + " " + _("The settings name none: set WECHAT_APPID.")
    how = _("The settings name %(wanted)s. If the records here are that one's: %(command)s")
    return said + " " + how % {"wanted": wanted, "command": f"./manage.py bind_database --appid {wanted.appid}"}
