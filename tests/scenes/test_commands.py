"""The access, scenes and sharers on the command line."""

from datetime import timedelta

import pytest
from django.core.management import CommandError
from django.utils import timezone

from sandbox.models import Sharer as Theirs
from scenes.models import Access, BindStatus, SceneGroup, Sharer
from tests.scenes.conftest import SEEN, person, read
from tests.scenes.test_evenings import make_evening, on_sale
from tests.test_commands import run

pytestmark = pytest.mark.django_db(transaction=True)


def test_tasks_are_declared_in_their_order_and_what_is_missing_is_said(platform, access):
    platform.configure(observed=SEEN, declared=[6, 7, 8])
    read(access)
    released = f"{timezone.localtime() + timedelta(days=1):%Y-%m-%d %H:%M}"
    out, err, code = run("finish_access", "--all", "--yes", "--released-at", released)
    assert [entry.request["access_info_item"] for entry in platform.ledger("finish_access_info")] == [9, 10]
    assert (code, out.count("1 done"), "The release lies in the future." in err) == (1, 2, True)
    assert f"{timezone.localtime(Access.load().released_at):%Y-%m-%d %H:%M}" == released


def test_a_mistyped_task_is_named_and_none_wants_all(platform, access):
    read(access)
    with pytest.raises(CommandError, match="There is no task shop"):
        run("finish_access", "--yes", "products", "shop")
    with pytest.raises(CommandError, match=r"Name tasks \(products, orders, delivery.* or say --all"):
        run("finish_access", "--yes")
    assert "WeChat has not seen an approved product yet." in run("finish_access", "products", "--dry-run")[0]


def test_a_scene_is_applied_for_once_the_tasks_are_declared(platform, access):
    read(access)
    _out, err, code = run("apply_scene", "--yes", "1")
    assert (code, "six tasks" in err, platform.ledger("apply_scene")) == (1, True, [])
    platform.configure(observed=SEEN, declared=[6, 7, 8, 9, 10, 11])
    read(access)
    assert run("apply_scene", "--yes", "1")[2] == 0
    assert SceneGroup.objects.get(group_id=1).is_in_review
    with pytest.raises(CommandError, match="There is no scene group 77"):
        run("apply_scene", "--yes", "1", "77")


def test_a_dry_run_of_an_evening_names_what_would_be_set_and_put_back(platform):
    spu, other = on_sale(platform), on_sale(platform)
    day = make_evening(spu)
    day.products.add(other)
    assert run("live_evening", "begin", str(day.pk), "--dry-run")[0] == f"{spu.out_product_id}: would be set\n"
    assert run("live_evening", "end", str(day.pk), "--dry-run")[0] == ""


def test_sharers_are_unbound_after_thirty_days(platform):
    early = person(1, bind_status=BindStatus.BOUND, bound_at=timezone.now() - timedelta(days=2))
    _out, err, code = run("unbind_sharers", "--yes", early.openid)
    assert (code, "Bound on" in err, platform.ledger("unbind")) == (1, True, [])
    late = person(2, bind_status=BindStatus.BOUND, bound_at=timezone.now() - timedelta(days=31))
    Theirs.objects.create(openid=late.openid, status=Theirs.BOUND, bound_at=late.bound_at)
    assert run("unbind_sharers", "--yes", late.openid)[2] == 0
    assert Sharer.objects.get(pk=late.pk).bind_status == BindStatus.REFUSED
