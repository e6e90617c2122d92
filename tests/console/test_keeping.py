"""What is kept: every model has its end or a reason, each end is real, and the page shows sizes without counting."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.db.models import BooleanField
from django.utils import timezone

from catalog.models import Batch
from catalog.tasks import forget_batches
from console import edit_chain, tasks
from console.keeping import kept_models, model_of, of, sizes
from console.keeping.words import FIXED, end_of
from console.masking import is_personal
from console.models import Alert, Edit, Export, FeedEvent, Job, PasswordTry, WebhookDelivery, WebhookEndpoint
from tests.factories import make_user
from tests.processes import ROOT
from wechat import retention
from wechat import tasks as wechat_tasks
from wechat.models import Call, Callback, Step

LONG_AGO = timezone.now() - timedelta(days=2000)
# Openids of people who sell for the shop, not of buyers.
SELLERS = {"scenes.Sharer", "scenes.Promoter"}


def ours():
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label != "sandbox"]


def test_every_table_has_an_end_or_a_reason():
    assert [model._meta.label for model in ours() if not (of(model).ends or of(model).why)] == []


def test_nothing_is_named_that_does_not_exist():
    assert all(model_of(kept)._meta.label == kept.label for kept in kept_models())
    ends = {kind for kept in kept_models() for kind in kept.ends}
    assert ends == set(retention.DEFAULTS) | set(FIXED)


@pytest.mark.parametrize("guide", ["leaving.md", "zh-hans/leaving.md"])
def test_the_guide_has_the_days_of_each_kind(guide):
    text = (ROOT / "docs" / guide).read_text(encoding="utf-8").rsplit("## ", 1)[1]
    found = {}
    for kinds, days in re.findall(r"^\| (`.*?) \| (.*?) \|", text, re.M):
        names = re.findall(r"\w+", kinds)
        numbers = [None] if "WECHAT_KEEP_DAYS" in days else [int(day) for day in re.findall(r"\d+", days)]
        found |= dict(zip(names, numbers if len(numbers) > 1 else numbers * len(names), strict=True))
    assert found == retention.DEFAULTS


def test_whoever_has_an_openid_is_found_when_a_buyer_is_erased():
    for model in ours():
        names = {field.name for field in model._meta.concrete_fields if field.name in ("openid", "phone_number")}
        if names and model._meta.label not in SELLERS | {"console.Erasure"}:
            assert of(model).buyer and names <= set(of(model).blank), model


def test_what_is_personal_of_a_buyers_record_is_overwritten():
    """Or it is a yes or no, or said of somebody who sells."""
    stays = {"orders.Order": {"promoter_openid", "sharer_openid"}}
    for kept in kept_models():
        if kept.buyer:
            fields = model_of(kept)._meta.concrete_fields
            personal = {
                field.name
                for field in fields
                if kept.is_personal(field) and not isinstance(field, BooleanField) and not field.is_relation
            }
            personal -= stays.get(kept.label, set())
            left = personal - set(kept.blank) - {"return_address"}  # the shop's own
            assert left == set(), kept.label
    assert is_personal("sharer_openid")


def _step(reads: bool) -> Step:
    kind = ContentType.objects.get_for_model(Step)
    fields = {"operation": "x", "content_type": kind, "object_id": 1, "reads": reads}
    return Step.objects.create(state="done", closed_at=LONG_AGO, **fields)


def _callback(state: str) -> Callback:
    return Callback.objects.create(key=state, state=state, received_at=LONG_AGO)


def _batch(**fields) -> Batch:
    batch = Batch(name="x", door="admin", state="imported", **fields)
    if not fields:
        batch.sheet.save("x.csv", ContentFile(b"a"), save=False)
    batch.save()
    Batch.objects.update(created_at=LONG_AGO)
    return batch


def _export(**fields) -> Export:
    return Export.objects.create(user=make_user(), list="x", kind="csv", language="en", done_at=LONG_AGO, **fields)


def _delivery() -> WebhookDelivery:
    endpoint = WebhookEndpoint.objects.create(url="https://x", secret="s", created_by=make_user())
    return endpoint.deliveries.create(position=1, name="x", body="", state="delivered", tried_at=LONG_AGO)


def _feed() -> FeedEvent:
    FeedEvent.objects.bulk_create(
        FeedEvent(kind="order", name="x", record_id=1, position=position, at=LONG_AGO, numbered_at=LONG_AGO)
        for position in (900001, 900002)
    )
    return FeedEvent.objects.get(position=900001)


def _edit() -> Edit:
    kind = ContentType.objects.get_for_model(Edit)
    edit = Edit.objects.create(door="admin", content_type=kind, object_id=1, at=LONG_AGO)
    edit_chain.link()
    return edit


OLD = {
    "calls": (lambda: Call.objects.create(endpoint="/x", created_at=LONG_AGO), wechat_tasks.prune),
    "messages": (lambda: _callback("handled"), wechat_tasks.prune),
    "refused": (lambda: _callback("refused"), wechat_tasks.prune),
    "reads": (lambda: _step(True), wechat_tasks.prune),
    "steps": (lambda: _step(False), wechat_tasks.prune),
    "jobs": (lambda: Job.objects.create(operation="x", door="admin", finished_at=LONG_AGO), tasks.forget_old),
    "alerts": (lambda: Alert.objects.create(kind="x", key="x", state="ended", ended_at=LONG_AGO), tasks.forget_alerts),
    "feed": (_feed, tasks.prune_feed),
    "deliveries": (_delivery, tasks.prune_feed),
    "imports": (lambda: _batch(sheet=""), forget_batches),
    "sheets": (_batch, forget_batches),
    "downloads": (_export, tasks.ring_exports),
    "files": (lambda: _export(file="exports/x.csv"), tasks.ring_exports),
    "sign_ins": (lambda: PasswordTry.objects.create(account="x"), tasks.forget_old),
    "edits": (_edit, tasks.cut_edits),
}
FILES = {"sheets": "sheet", "files": "file"}


@pytest.mark.parametrize("kind", list(retention.DEFAULTS))
def test_what_is_over_ends_and_stays_where_it_is_kept_without_end(kind, settings, transactional_db):
    make, end = OLD[kind]
    row = make()
    PasswordTry.objects.update(at=LONG_AGO)
    rows = type(row)._default_manager.filter(pk=row.pk)
    both = {"messages": "refused", "refused": "messages", "files": "downloads", "sheets": "imports"}
    settings.KEEP_DAYS = {kind: 0, both.get(kind, kind): 0}
    end()
    assert rows.exists()
    settings.KEEP_DAYS = {both.get(kind, kind): 0} if kind in both else {}
    settings.KEEP_DAYS.pop(kind, None)
    if kind == "edits":  # kept for good, if nobody says otherwise
        settings.KEEP_DAYS = {kind: 1000}
    end()
    row = rows.first()
    assert not getattr(row, FILES[kind]) if kind in FILES else row is None


def test_sessions_that_are_over_end():
    Session.objects.create(session_key="x", session_data="", expire_date=LONG_AGO)
    tasks.forget_old()
    assert not Session.objects.exists()


def test_a_checked_sheet_that_nobody_imported_says_so(settings):
    settings.KEEP_DAYS = {"imports": 0}
    batch = _batch()
    Batch.objects.update(state="checked")
    path = batch.sheet.path
    forget_batches()
    batch.refresh_from_db()
    assert (batch.state, bool(batch.sheet)) == ("failed", False) and "no longer kept" in batch.message
    assert not Path(path).exists()


@pytest.mark.parametrize("days", [{"call": "1"}, {"calls": "-1"}, {"calls": "x"}])
def test_days_that_cannot_be_read_are_said_at_the_start(settings, days):
    settings.KEEP_DAYS = days
    assert "KEEP_DAYS" in retention.check()[0].msg
    settings.KEEP_DAYS = {"calls": "30"}
    assert retention.check() == [] and retention.days("calls") == 30


def test_sizes_take_one_query_and_name_every_table(django_assert_num_queries, client):
    Call.objects.create(endpoint="/x", created_at=timezone.now())
    with django_assert_num_queries(1):
        found = sizes.of_tables()
    assert set(found) == {kept.label for kept in kept_models()}
    client.force_login(make_user("developer"))
    page = client.get("/admin/health/").content.decode()
    assert "What is kept, and how large it is" in page and "90 days" in page and "three years" in page


def test_ends_are_said_in_words(settings):
    settings.KEEP_DAYS = {"jobs": 0}
    words = {kept.label: end_of(kept) for kept in kept_models()}
    assert (words["console.Job"], words["console.Draft"]) == ("without end", "a day")
    assert words["catalog.Batch"] == "365 days; its files: 90 days"
