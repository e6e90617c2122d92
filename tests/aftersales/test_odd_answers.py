"""An after-sale whose answer is nonsense stops no other, in a polling round and in a pull."""

from datetime import timedelta

import pytest
from django.utils import timezone

from aftersales.models import Aftersale
from aftersales.operations import pull_aftersales, refresh_claim
from aftersales.tasks import refresh_claims
from sandbox.models import Claim
from tests.factories import make_key
from wechat.errors import UnreadableAnswer
from wechat.models import Step, UnreadRecord
from wechat.steps import recovery
from wechat.steps.pulls import listed

pytestmark = pytest.mark.django_db(transaction=True)
ODD = [
    lambda answer: answer | {"product_info": ["no", "object"]},
    lambda answer: [answer],
    lambda answer: None,
    lambda answer: "an after-sale",
    lambda answer: answer | {"orderamt": 10**30},
    lambda answer: {"aftersale_id": answer["aftersale_id"]},
    lambda answer: answer | {"return_info": "SF1", "status": [2]},
]


@pytest.fixture
def answers(monkeypatch, settings):
    """{aftersale_id: what ecaftersale/get makes of its answer}"""
    from sandbox import platform as pretend

    settings.WECHAT_PACE = {"default": (10**6, 1, 10**5)}
    odd: dict = {}
    method, get = pretend.ENDPOINTS["/shop/ecaftersale/get"]

    def answer(request):
        fields = get(request)
        change = odd.get(int(request.data["aftersale_id"]))
        return fields | {"after_sales_order": change(fields["after_sales_order"])} if change else fields

    monkeypatch.setitem(pretend.ENDPOINTS, "/shop/ecaftersale/get", (method, answer))
    return odd


@pytest.fixture
def aftersales(platform, bought):
    """So many after-sales of one order, here and there, that wait to be read; the first was read longest ago."""

    def make(count: int) -> list[Aftersale]:
        platform.configure(rate=10_000)
        order = bought()
        claim = platform.apply(order.out_order_id, "red")
        pull_aftersales(listed("aftersales"))
        ours = Aftersale.objects.get()
        for nth in range(1, count):
            claim.pk, ours.pk = claim.aftersale_id + nth, None
            claim.aftersale_id = ours.aftersale_id = claim.pk
            claim.save(force_insert=True)
            ours.save(force_insert=True)
        for nth, aftersale in enumerate(Aftersale.objects.order_by("id")):
            read_at = timezone.now() - timedelta(days=1) + timedelta(seconds=nth)
            Aftersale.objects.filter(pk=aftersale.pk).update(read_at=read_at)
        assert Claim.objects.count() == count
        return list(Aftersale.objects.order_by("read_at"))

    return make


def test_a_polling_round_over_100_after_sales_of_which_7_answer_nonsense_reads_93_and_names_7(aftersales, answers):
    rows = aftersales(100)
    answers.update({row.aftersale_id: odd for row, odd in zip(rows[::14], ODD, strict=False)})
    assert len(answers) == 7
    assert refresh_claims() == 93
    named = UnreadRecord.objects.filter(operation="aftersales.refresh_claim")
    assert {row.record.aftersale_id for row in named} == set(answers)
    assert Step.objects.filter(state=Step.State.FAILED).count() == 7
    assert not Step.objects.open().exists()


@pytest.mark.parametrize("odd", ODD)
def test_an_after_sale_that_cannot_be_read_keeps_what_it_was(aftersales, answers, odd):
    (aftersale,) = aftersales(1)
    answers[aftersale.aftersale_id] = odd
    with pytest.raises(UnreadableAnswer):
        refresh_claim(aftersale)
    assert Aftersale.objects.get().status == aftersale.status
    assert UnreadRecord.objects.get().record == aftersale


def test_a_pull_names_the_after_sales_that_cannot_be_read_and_reads_the_others(platform, bought, answers):
    order = bought()
    first, second = (platform.apply(order.out_order_id, sku) for sku in ("red", "blue"))
    answers[first.aftersale_id] = ODD[0]
    pull_aftersales(listed("aftersales"))
    assert Aftersale.objects.get().aftersale_id == second.aftersale_id
    assert str(first.aftersale_id) in listed("aftersales").note
    answers.clear()
    pull_aftersales(listed("aftersales"))
    assert (Aftersale.objects.count(), listed("aftersales").note) == (2, "")


def test_an_after_sale_opened_without_its_number_in_the_answer_is_found_again(platform, bought, client, monkeypatch):
    """The backend is told to ask again (found by the simulator, seed 102)."""
    from sandbox import platform as pretend

    method, add = pretend.ENDPOINTS["/shop/ecaftersale/add"]
    monkeypatch.setitem(pretend.ENDPOINTS, "/shop/ecaftersale/add", (method, lambda request: add(request) and {}))
    order, (_key, header) = bought(), make_key("after-sale")
    body = {
        "out_aftersale_id": "a-1",
        "out_order_id": order.out_order_id,
        "out_product_id": "p",
        "out_sku_id": "red",
        "product_cnt": 1,
        "type": 1,
        "orderamt": 1000,
        "refund_reason_type": 2,
        "refund_reason": "不想要了",
    }
    answer = client.post("/api/v1/aftersales/", body, content_type="application/json", headers=header)
    assert (answer.status_code, Step.objects.unknown().count()) == (503, 1)
    Step.objects.update(next_attempt_at=timezone.now())
    recovery.sweep()
    assert Aftersale.objects.get().aftersale_id == Claim.objects.get().aftersale_id
