"""After-sales compared with WeChat: those that it keeps, those that we keep, and what a read changed unexpectedly."""

from aftersales.models import Aftersale
from aftersales.operations import refresh_claim
from console.models import Difference
from console.reconciling import resolving
from sandbox.models import Claim, MirroredClaim
from tests import seeding
from tests.reconciling import anybody, compare

State = Difference.State


def test_a_refund_that_changes_after_it_was_paid_is_kept(platform):
    seeding.orders(4)
    seeding.claims(4)
    paid = Aftersale.objects.filter(status=13).first()
    Claim.objects.filter(pk=paid.aftersale_id).update(orderamt=1, status=16)
    refresh_claim(paid)
    rows = {row.field: (row.kind, row.ours, row.theirs, row.state) for row in Difference.objects.all()}
    assert rows == {
        "orderamt": ("refunds", paid.orderamt, 1, State.TAKEN),
        "status": ("aftersales", 13, 16, State.TAKEN),
    }


def test_a_state_that_moves_on_is_no_surprise(platform):
    seeding.orders(4)
    seeding.claims(4)
    waiting = Aftersale.objects.filter(status=2).first()
    Claim.objects.filter(pk=waiting.aftersale_id).update(status=15)
    refresh_claim(waiting)
    assert not Difference.objects.exists()


def test_what_we_keep_is_told_to_wechat_again(platform, bought, drain):
    order = bought(own=True)
    line = order.lines.first()
    claim = Aftersale.objects.create(
        family=0, order=order, line=line, out_aftersale_id="own-1", type=1, orderamt=700, status=2
    )
    compare("own_aftersales")
    row = Difference.objects.get()
    assert (row.kind, row.field, row.theirs, row.amount_fen) == ("aftersales", "record", False, 700)
    assert resolving.take([row], anybody).done == 0
    assert resolving.push([row], anybody).done == 1
    drain()
    resolving.close_pushed()
    row.refresh_from_db()
    assert (row.state, MirroredClaim.objects.get().refund) == (State.PUSHED, claim.orderamt)
