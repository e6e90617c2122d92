"""Products beside WeChat's, in the comparison of everything."""

from catalog.models import SKU, SPU
from catalog.operations import refresh_spu, submit_spu, update_spu_without_audit
from console.models import Difference
from console.reconciling import resolving
from tests.factories import make_spu
from tests.reconciling import anybody, compare


def drifted(platform) -> SPU:
    spu = make_spu()
    submit_spu(spu)
    platform.approve_product(spu.out_product_id)
    refresh_spu(spu)
    platform.drift(spu.out_product_id)
    compare("products")
    return SPU.objects.get(pk=spu.pk)


def test_wechats_values_are_taken(platform):
    drifted(platform)
    assert resolving.take(Difference.objects.all(), anybody) == (3, 0, [])
    assert SKU.objects.get().sale_price == 19901


def test_what_was_sent_since_is_left_for_the_next_comparison(platform):
    spu = drifted(platform)
    prices = Difference.objects.filter(field__endswith="_price")
    update_spu_without_audit(spu)
    assert resolving.take(prices, anybody) == (0, 2, [])
    assert {row.state for row in prices.all()} == {Difference.State.OPEN}
    assert SKU.objects.get().sale_price == 19900
    compare("products")
    assert {row.state for row in prices.all()} == {Difference.State.HEALED}
