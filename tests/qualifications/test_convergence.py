"""However events come - late, lost, doubled, out of order - the console ends where the platform is."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qualifications.models import BrandQualification
from qualifications.operations import refresh_brand, submit_brand
from qualifications.tasks import refresh_audits
from sandbox.models import Audit, Fault, Push
from tests.factories import make_brand
from wechat.errors import OperationError
from wechat.models import Callback

MOVES = [
    "submit",
    "approve",
    "reject",
    "lose",
    "double",
    "swap",
    "deliver",
    "handle",
    "again",
    "refresh",
    "break a read",
]


def move(name: str, number: int, platform, drain) -> None:
    brands = list(BrandQualification.objects.order_by("id"))
    brand = brands[number % len(brands)]
    waiting = list(Audit.objects.filter(status=0).order_by("id"))
    audit_id = waiting[number % len(waiting)].audit_id if waiting else None
    try:
        if name == "submit":
            submit_brand(brand)
        elif name == "refresh" and brand.last_round_id:
            refresh_brand(brand)
    except OperationError:
        return
    if name == "approve" and audit_id:
        platform.approve(audit_id)
    elif name == "reject" and audit_id:
        platform.reject(audit_id, f"reason {number}")
    elif name in ("lose", "double", "swap"):
        platform.fault({"lose": "push_lost", "double": "push_twice", "swap": "push_swapped"}[name])
    elif name == "break a read":
        platform.fault("timeout_after", "/shop/audit/result")
    elif name == "deliver":
        platform.deliver()
    elif name == "handle":
        drain()
    elif name == "again":
        Push.objects.filter(state=Push.DELIVERED).update(state=Push.QUEUED, due_at=timezone.now())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 5)), max_size=30))
def test_any_order_of_events_ends_in_the_platforms_state(platform, drain, moves):
    for model in (Push, Fault, Audit, Callback):
        model.objects.all().delete()
    BrandQualification.objects.all().delete()
    for _nth in range(2):
        make_brand()
    for name, number in moves:
        move(name, number, platform, drain)
    Fault.objects.all().delete()
    platform.deliver()
    Callback.objects.update(next_attempt_at=None)
    drain()
    for brand in BrandQualification.objects.pending():
        brand.rounds.update(submitted_at=timezone.now() - timedelta(hours=1), read_at=None)
    refresh_audits()
    for brand in BrandQualification.objects.exclude(last_round=None).select_related("last_round"):
        told = Audit.objects.get(audit_id=brand.last_round.audit_id)
        assert (brand.last_round.status, brand.last_round.reject_reason) == (told.status, told.reject_reason)
        assert (brand.brand_id or 0) == told.brand_id
    assert Audit.objects.count() == sum(brand.rounds.count() for brand in BrandQualification.objects.all())
    assert not Callback.objects.exclude(state=Callback.State.HANDLED).exists()


def test_reviews_converge_within_the_hour_when_a_third_of_the_events_is_lost(platform, drain):
    """Every third push is dropped; asking finds the rest, with one call for each review that was not heard of."""
    brands = [make_brand() for _nth in range(9)]
    for number, brand in enumerate(brands):
        submit_brand(brand)
        if number % 3 == 0:
            platform.fault("push_lost")
        platform.approve(brand.last_round.audit_id)
    platform.deliver()
    drain()
    heard = len(platform.ledger("result"))
    assert (heard, BrandQualification.objects.pending().count()) == (6, 3)
    for brand in brands:
        brand.rounds.update(submitted_at=timezone.now() - timedelta(minutes=31))
    refresh_audits()
    assert (len(platform.ledger("result")), BrandQualification.objects.pending().count()) == (9, 0)
    assert BrandQualification.objects.approved().count() == 9


@pytest.mark.django_db(transaction=True)
def test_a_message_is_answered_although_the_broker_is_away(platform, monkeypatch):
    """The bell may not ring: the message is kept, answered, and found by the sweep."""
    from celery import current_app

    def away(*_args, **_kwargs):
        raise ConnectionError("no broker")

    monkeypatch.setattr(type(current_app._get_current_object()), "send_task", away)
    brand = make_brand()
    submit_brand(brand)
    platform.approve(brand.last_round.audit_id)
    assert platform.deliver() == ["success"]
    assert Callback.objects.due().count() == 1
