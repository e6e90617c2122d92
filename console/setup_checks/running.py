"""The list of the checks, and all of them at the same time, none longer than it may take."""

import logging
from typing import NamedTuple

from django.db import DatabaseError, connections
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.threads import together

from . import machine, platform, pushes, workers
from .findings import DEVELOPER, OPERATOR, Check, Finding, State, fault

DEADLINE = 20.0  # seconds for each
log = logging.getLogger(__name__)

CHECKS = (
    Check("database", gettext_lazy("Database"), machine.database),
    Check("migrations", gettext_lazy("Migrations"), machine.migrations),
    Check("mini_program", gettext_lazy("Mini program"), machine.mini_program),
    Check("token", gettext_lazy("Access token"), platform.token),
    Check("push_address", gettext_lazy("Push address"), pushes.address),
    Check("messages", gettext_lazy("Messages from WeChat"), pushes.messages),
    Check("aes_key", gettext_lazy("EncodingAESKey"), platform.aes_key),
    Check("clock", gettext_lazy("Clock"), platform.clock),
    Check("broker", gettext_lazy("Broker"), workers.broker),
    Check("callbacks", gettext_lazy("Worker: messages"), workers.callbacks),
    Check("press", gettext_lazy("Worker: what people wait for"), workers.press),
    Check("bulk", gettext_lazy("Worker: large jobs"), workers.bulk),
    Check("schedule", gettext_lazy("Worker: schedule"), workers.schedule),
    Check("beat", gettext_lazy("Beat"), workers.beat),
    Check("disk", gettext_lazy("Disk"), machine.disk),
    Check("keys", gettext_lazy("FIELD_KEYS"), machine.keys),
    Check("backup", gettext_lazy("Backup"), machine.backup),
    Check("erasures", gettext_lazy("List of erasures"), machine.erasures),
    Check("debug", gettext_lazy("DEBUG"), machine.debug),
)


class Checked(NamedTuple):
    check: Check
    finding: Finding


def run(checks: tuple[Check, ...] = CHECKS) -> list[Checked]:
    """The findings, in the list's order. Calls leave: for WeChat, for our own push address, for the broker."""
    language = translation.get_language() or "en"

    def look(check: Check) -> Finding:
        try:
            with translation.override(language):
                return looked(check)
        finally:
            connections.close_all()  # of this thread

    found = together(look, checks, DEADLINE)
    return [Checked(check, found.get(nth) or _late()) for nth, check in enumerate(checks)]


def looked(check: Check) -> Finding:
    """One finding; a check that fails itself is a fault, and stops no other."""
    try:
        return check.look()
    except DatabaseError as error:
        return fault(
            _("The database does not answer (%(kind)s).") % {"kind": type(error).__name__},
            _("Start it, and compare DATABASE_URL; then apply the migrations."),
        )
    except Exception as error:
        log.exception("the check %s failed", check.name)
        return fault(
            _("The check itself failed (%(kind)s).") % {"kind": type(error).__name__},
            _("The log of this process tells why."),
            DEVELOPER,
        )


def _late() -> Finding:
    return Finding(
        State.FAULT,
        _("No answer within %(seconds)d s.") % {"seconds": DEADLINE},
        _("What it asks hangs: look at the log, and whether the other side answers at all."),
        OPERATOR,
    )
