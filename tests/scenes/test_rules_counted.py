"""WeChat's rules that are counted here: promoters of 1,000, bindings within a year, the working days of the access."""

from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.utils import timezone

from sandbox.endpoints import sharer as people
from sandbox.models import Account
from sandbox.models import Promoter as TheirPromoter
from sandbox.models import Sharer as TheirSharer
from scenes import operations
from scenes.board.forecast import Forecast, forecast, later, passed
from scenes.board.rows import Board
from scenes.models import Binding, Promoter, Sharer
from scenes.models.people import BINDINGS_A_YEAR, MOST_PROMOTERS, NEAR_PROMOTERS
from scenes.people import bindings, invitations
from tests.console.pages import words
from tests.factories import make_user
from tests.scenes.conftest import person
from tests.scenes.test_people import bound, invited
from wechat.models import PulledList

pytestmark = pytest.mark.django_db(transaction=True)
PROMOTERS, SHARERS = "/admin/scenes/promoter/", "/admin/scenes/sharer/"


@pytest.fixture
def product(client):
    client.force_login(make_user("product"))
    return client


def promoters(count: int) -> None:
    Promoter.objects.bulk_create(Promoter(promoter_id=f"p{nth}", finder_nickname=f"播主 {nth}") for nth in range(count))


# --- the limit of promoters


def test_the_list_counts_promoters_of_the_limit(product):
    promoters(3)
    Promoter.objects.filter(promoter_id="p0").update(gone=True)
    page = words(product.get(PROMOTERS))
    assert f"2 of {MOST_PROMOTERS} promoters are bound." in page and "more promoter" not in page
    assert "Nearly 1,000 are bound" not in words(product.get("/admin/"))


def test_near_the_limit_the_list_and_the_front_page_warn(product):
    promoters(NEAR_PROMOTERS)
    assert "50 more promoters can bind." in words(product.get(PROMOTERS))
    page = words(product.get("/admin/"))
    assert "1 Limit near: promoters Nearly 1,000 are bound" in page
    Promoter.objects.filter(promoter_id="p0").update(gone=True)
    assert "more promoter" not in words(product.get(PROMOTERS))


def test_at_the_limit_the_card_is_red(product):
    promoters(MOST_PROMOTERS)
    assert "The limit of 1000 promoters is reached" in words(product.get(PROMOTERS))
    assert "WeChat's limit of 1,000 is reached: nobody more can bind." in words(product.get("/admin/"))


# --- bindings within a year


def of(person) -> tuple[int, int]:
    return tuple(bindings.of_year([person]).get(person.pk, bindings.OfYear()))


def again(sharer: Sharer, **ago: int) -> None:
    """The person is unbound, invited and agrees once more."""
    operations.unbind_sharer(sharer)
    Sharer.objects.filter(pk=sharer.pk).update(invited_at=None)
    sharer.invitations.update(at=timezone.now() - timedelta(days=2))
    TheirSharer.objects.update(invitations=[])
    sharer.refresh_from_db()
    operations.invite_sharer(sharer)
    people.agree(Account.only(), TheirSharer.objects.get(openid=sharer.openid))
    TheirSharer.objects.update(bound_at=timezone.now() - timedelta(**ago))
    sharer.refresh_from_db()
    operations.refresh_sharer(sharer)
    sharer.refresh_from_db()


def test_bindings_and_unbindings_of_a_sharer_are_counted_once_however_often_they_are_read(platform):
    sharer = bound(days=40)
    operations.refresh_sharer(sharer)
    operations.pull_sharers(PulledList.objects.get(name="sharers"))
    assert of(sharer) == (1, 0)
    again(sharer, days=1)
    assert of(sharer) == (2, 1)


def test_a_whole_list_counts_bindings_made_elsewhere(platform):
    for nth in range(3):
        TheirSharer.objects.create(
            openid=f"oSharer_from_elsewhere_{nth:06d}",
            status=TheirSharer.BOUND,
            invited_at=timezone.now() - timedelta(days=3),
            bound_at=timezone.now() - timedelta(days=2),
        )
    operations.pull_sharers(PulledList.objects.get(name="sharers"))
    assert Binding.objects.count() == 3
    assert of(Sharer.objects.first()) == (1, 0)


def test_what_is_more_than_a_year_ago_does_not_count(platform):
    sharer = bound(days=366)
    assert of(sharer) == (0, 0) and Binding.objects.count() == 1


def test_an_unbinding_that_is_only_read_counts_too(platform):
    sharer = bound(days=40)
    people._unbind(TheirSharer.objects.get())
    operations.refresh_sharer(sharer)
    assert of(sharer) == (1, 1)


def test_who_was_bound_twice_is_warned_of_before_the_invitation(platform, product):
    sharer, new = bound(days=80), person(2)
    again(sharer, days=40)
    operations.unbind_sharer(sharer)
    said = "Within a year bound 2 times, unbound 2 times, as seen here."
    page = words(product.get(f"{SHARERS}{sharer.pk}/change/"))
    assert said in page and "WeChat may refuse this one" in page
    assert said not in words(product.get(f"{SHARERS}{new.pk}/change/"))
    sharer.invitations.all().delete()
    Sharer.objects.update(invited_at=None)
    page = words(product.post(f"{SHARERS}invite-many/", {"text": f"{sharer.openid}\n{new.openid}"}))
    assert page.count(said) == 1 and "2 of 2 people can be invited" in page


def test_two_and_twenty_people_are_warned_of_with_as_many_questions(platform, django_assert_num_queries):
    everybody = [person(nth) for nth in range(20)]
    now = timezone.now()
    Binding.objects.bulk_create(
        Binding(sharer=one, is_bound=True, at=now - timedelta(days=nth)) for one in everybody for nth in (1, 2)
    )
    pairs = [(one.openid, "") for one in everybody]
    with django_assert_num_queries(4):
        assert len([row for row in invitations.checked(pairs[:2]) if row.warning]) == BINDINGS_A_YEAR
    with django_assert_num_queries(4):
        assert len([row for row in invitations.checked(pairs) if row.warning]) == 20


def test_promoters_that_come_and_leave_are_counted_from_the_second_list_on(platform, product):
    pulled = PulledList.objects.get(name="promoters")
    for nth in range(2):
        TheirPromoter.objects.create(promoter_id=f"p{nth}", promoter_openid=f"o{nth}", finder_nickname=f"播主 {nth}")
    operations.pull_promoters(pulled)
    assert not Binding.objects.exists()  # nobody knows when these were bound

    for is_bound in (False, True, False, True, True):
        TheirPromoter.objects.filter(promoter_id="p1").update(bound=is_bound)
        pulled.refresh_from_db()
        operations.pull_promoters(pulled)
    promoter = Promoter.objects.get(promoter_id="p1")
    assert of(promoter) == (2, 2) and of(Promoter.objects.get(promoter_id="p0")) == (0, 0)
    page = words(product.get(f"{PROMOTERS}{promoter.pk}/change/"))
    assert "bound 2 times, unbound 2 times 2 at most" in page


def test_bindings_known_before_are_counted(platform):
    bound(days=3), invited(2)
    Binding.objects.all().delete()
    migration = import_module("scenes.migrations.0004_known_bindings")
    with connection.schema_editor() as editor:
        migration.keep_known(apps, editor)
        migration.keep_known(apps, editor)
    assert Binding.objects.count() == 1


# --- the forecast


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2026, 11, 27), date(2026, 11, 27), 0),  # a Friday
        (date(2026, 11, 27), date(2026, 11, 30), 1),
        (date(2026, 11, 28), date(2026, 11, 29), 0),
        (date(2026, 11, 23), date(2026, 12, 7), 10),
        (date(2026, 11, 25), date(2026, 12, 1), 4),
    ],
)
def test_working_days_are_monday_to_friday(first, last, days):
    assert passed(first, last) == days
    assert passed(first, later(first, 7)) == 7


def test_the_forecast_counts_from_the_application(access, client):
    client.force_login(make_user("product"))
    board = "/admin/scenes/access/"
    assert forecast(Board(access)) is None
    assert "Forecast" not in words(client.get(board, follow=True))
    access.applied_at = datetime(2026, 11, 20, 2, tzinfo=UTC)
    access.save()
    with time_machine.travel(datetime(2026, 11, 24, 2, tzinfo=UTC), tick=False):
        expected = Forecast(date(2026, 11, 20), 2, 5, 15, date(2026, 11, 27), date(2026, 12, 11))
        assert forecast(Board(access)) == expected
        page = words(client.get(board, follow=True))
    assert "usually takes 5 to 15 working days. It began on 2026-11-20. 2 working days have passed." in page
    assert "3 to 13 are left: it would be there between 2026-11-27 and 2026-12-11." in page
    assert "A forecast, not WeChat's word" in page
    with time_machine.travel(datetime(2026, 12, 14, 2, tzinfo=UTC), tick=False):
        client.force_login(make_user("product"))
        assert "That is longer than usual" in words(client.get(board, follow=True))
