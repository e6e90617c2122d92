"""The database, its migrations, keys and mini program; the disk; DEBUG."""

import shutil
from pathlib import Path
from tempfile import TemporaryFile

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext as _

from console.models import SignOfLife
from wechat import belonging
from wechat.sealed_columns import columns, opens

from .findings import DEVELOPER, Finding, fault, fine, warn

MB = 1_000_000
ROOMY = 10  # times DISK_FREE_MB
GOES_ON = 3  # names in a sentence


def database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return fine(_("%(vendor)s answers.") % {"vendor": connection.display_name})


def unapplied() -> list[str]:
    """The migrations that are still to be applied."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def migrations() -> Finding:
    names = unapplied()
    if not names:
        return fine(_("All are applied."))
    shown = ", ".join(names[:GOES_ON]) + (" …" if len(names) > GOES_ON else "")
    return fault(
        _("%(count)d are not applied: %(names)s") % {"count": len(names), "names": shown},
        _("Run %(command)s, then start the processes again.") % {"command": "./manage.py migrate"},
    )


def keys() -> Finding:
    """The oldest and the newest value of each encrypted column, read with the keys that there are."""
    unread = [str(column) for column in columns() if not all(map(opens, column.ends()))]
    if not unread:
        return fine(_("Stored values can be decrypted, the oldest and the newest of each kind."))
    return fault(
        _("The keys do not decrypt: %(names)s") % {"names": ", ".join(dict.fromkeys(unread))},
        _(
            "Put the earlier key back into FIELD_KEYS, behind the new one. If it was never set: the SECRET_KEY of "
            "then, or the file secret.key of the old VAR_DIR."
        ),
    )


def mini_program() -> Finding:
    if text := belonging.refusal():
        return fault(
            text, _("Correct WECHAT_APPID, WECHAT_API_BASE or DATABASE_URL: one of them is another shop's."), DEVELOPER
        )
    noted = belonging.in_force()
    if noted is None:
        return warn(
            _("The database belongs to no mini program yet."),
            _("Nothing to do: it is noted with the first call to WeChat. WECHAT_APPID has to be set by then."),
            DEVELOPER,
        )
    return fine(_("The database belongs to %(noted)s, as the settings say.") % {"noted": noted})


def is_full() -> bool:
    """Whether there is too little room where the files, and an embedded database, are kept."""
    return shutil.disk_usage(settings.VAR).free < settings.DISK_FREE_MB * MB


def disk() -> Finding:
    folder = settings.VAR
    usage = shutil.disk_usage(folder)
    free = usage.free // MB
    seen = _("%(free)d MB of %(total)d MB are free at %(folder)s.") % {
        "free": free,
        "total": usage.total // MB,
        "folder": folder,
    }
    try:
        with TemporaryFile(dir=folder) as file:
            file.write(b"x" * 4096)
            file.flush()
    except OSError as error:
        return fault(
            _("Nothing can be written at %(folder)s: %(reason)s.") % {"folder": folder, "reason": error.strerror},
            _("Make room, and let the user of these processes write into VAR_DIR."),
        )
    room = _("Make room or a larger disk: private files and, with SQLite, all records are in VAR_DIR.")
    if is_full():
        return fault(seen, room)
    return warn(seen, room) if free < ROOMY * settings.DISK_FREE_MB else fine(seen)


def backup() -> Finding:
    """The last backup that succeeded."""
    if not settings.BACKUP_DIR:
        return fine(_("BACKUP_DIR is not set: the console makes no backups itself."))
    mend = _("Run %(command)s, and let it run every night (docs/backup.md).") % {"command": "./manage.py backup"}
    last = SignOfLife.objects.filter(name=SignOfLife.BACKUP).values_list("at", flat=True).first()
    if last is None:
        return warn(_("There is no backup yet."), mend)
    hours = int((timezone.now() - last).total_seconds() // 3600)
    seen = _("The last backup is %(hours)d hours old.") % {"hours": max(0, hours)}
    return warn(seen, mend) if hours >= settings.BACKUP_HOURS else fine(seen)


def erasures() -> Finding:
    """Whether an erasure can be noted for the backups; without that nobody can be erased."""
    path = Path(settings.ERASURES_FILE)
    place = next(place for place in (path, *path.parents) if place.exists())
    try:
        with place.open("ab") if place == path else TemporaryFile(dir=place):
            return fine(_("%(file)s can be written.") % {"file": path})
    except OSError as error:
        return fault(
            _("%(file)s cannot be written, so nobody can be erased: %(reason)s.")
            % {"file": path, "reason": error.strerror},
            _("Let the user of these processes write it, or name another file with ERASURES_FILE."),
        )


def debug() -> Finding:
    is_wechat = belonging.configured().platform == belonging.Platform.WECHAT
    if not settings.DEBUG:
        return fine(_("DEBUG is off."))
    if not is_wechat:
        return fine(_("DEBUG is on, as it may be with the sandbox."))
    return fault(
        _("DEBUG is on: error pages show settings and code to everybody."),
        _("Set DEBUG=off and start the processes again."),
        DEVELOPER,
    )
