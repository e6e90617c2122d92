"""The mini program that the database belongs to, on an upgrade taken from what the database holds."""

import re
import sqlite3
from contextlib import closing

import django.utils.timezone
from django.conf import settings
from django.db import DatabaseError, connections, migrations, models

from wechat.sealed import Unreadable, unseal

# What people and WeChat bring in: where none of these has a row, the database belongs to nobody yet.
RECORDS = (
    "wechat_accesstoken", "wechat_callback", "wechat_step", "wechat_image", "catalog_spu", "catalog_category",
    "coupons_coupon", "orders_order", "aftersales_aftersale", "qualifications_document",
    "qualifications_brandqualification", "qualifications_categoryqualification", "scenes_promoter", "scenes_sharer",
)
LOOKED_AT = 100  # of the newest and of the oldest messages
SANDBOX_NAME = b"gh_sandbox"  # ToUserName of every message that the sandbox pushed


def note_what_is_known(apps, schema_editor):
    """Note AppID and platform where the evidence is clear, else a row without AppID, so that a person is asked."""
    connection = schema_editor.connection
    if not _has_records(connection):
        return
    appid, platform = _evidence(apps, connection.alias)
    apps.get_model("wechat", "Belonging").objects.using(connection.alias).create(
        number=1, appid=appid, platform=platform, noted_by="upgrade"
    )


def _has_records(connection):
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for table in there.intersection(RECORDS):
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608
            if cursor.fetchone():
                return True
    return False


def _evidence(apps, alias):
    """(AppID, platform), or two empty texts where what is stored names none, or more than one.

    AppIDs: of the tokens that WeChat gave, newest first; else in the addresses of pictures that WeChat keeps.
    Platform: who pushed the messages that are kept; the accounts in the sandbox's own database.
    """
    tokens = apps.get_model("wechat", "AccessToken").objects.using(alias).exclude(fingerprint="")
    appids = list(tokens.order_by(models.F("expires_at").desc(nulls_last=True), "-id").values_list("appid", flat=True))
    appids = [appid for appid in appids or _appids_of_pictures(apps, alias) if appid]
    pushed_by_sandbox, pushed_by_wechat = _who_pushed(apps, alias)
    simulated = _accounts_of_the_sandbox()
    if not appids and len(simulated) == 1 and not pushed_by_wechat:
        appids = simulated
    if not appids or (pushed_by_sandbox and pushed_by_wechat):
        return "", ""
    if not pushed_by_wechat and (set(appids) <= set(simulated) or (pushed_by_sandbox and len(appids) == 1)):
        return appids[0], "sandbox"
    if pushed_by_wechat and len(appids) == 1 and appids[0] not in simulated:
        return appids[0], "wechat"
    return "", ""


def _appids_of_pictures(apps, alias):
    links = apps.get_model("wechat", "Image").objects.using(alias).exclude(link="").order_by("-id")
    found = [re.search(r"/p/(wx[0-9a-f]{16})/", link) for link in links.values_list("link", flat=True)[:LOOKED_AT]]
    return sorted({match.group(1) for match in found if match})


def _who_pushed(apps, alias):
    """Whether accepted messages came from the sandbox, and whether from WeChat."""
    kept = apps.get_model("wechat", "Callback").objects.using(alias).exclude(state="refused").exclude(body=b"")
    seen = set()
    for order in ("id", "-id"):
        for body in kept.order_by(order).values_list("body", flat=True)[:LOOKED_AT]:
            try:
                seen.add(SANDBOX_NAME in unseal(bytes(body)))
            except Unreadable:
                pass
    return True in seen, False in seen


def _accounts_of_the_sandbox():
    """The AppIDs that the sandbox has played, read from its database where it is."""
    question = "SELECT appid FROM sandbox_account ORDER BY id DESC"
    path = settings.VAR / "sandbox.sqlite3"
    try:
        if "sandbox" in settings.DATABASES:
            with connections["sandbox"].cursor() as cursor:
                if "sandbox_account" not in connections["sandbox"].introspection.table_names(cursor):
                    return []
                cursor.execute(question)
                return [appid for (appid,) in cursor.fetchall()]
        if path.exists():
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
                return [appid for (appid,) in database.execute(question)]
    except (sqlite3.Error, DatabaseError):
        pass
    return []


class Migration(migrations.Migration):

    dependencies = [
        ('wechat', '0012_lists'),
    ]

    operations = [
        migrations.CreateModel(
            name='Belonging',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(unique=True)),
                ('appid', models.CharField(blank=True, max_length=64, verbose_name='AppID')),
                ('platform', models.CharField(blank=True, choices=[('wechat', 'at WeChat'), ('sandbox', 'in the sandbox')], max_length=10, verbose_name='platform')),
                ('address', models.CharField(blank=True, max_length=500, verbose_name='address')),
                ('noted_by', models.CharField(max_length=150, verbose_name='noted by')),
                ('noted_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='noted at')),
            ],
            options={
                'verbose_name': 'belonging',
                'verbose_name_plural': 'belongings',
            },
        ),
        migrations.RunPython(note_what_is_known, migrations.RunPython.noop),
    ]
