"""After-sales are decided on the command line; what takes two people is left to two people."""

import pytest
from django.core.management import CommandError

from console.models import Edit
from tests.aftersales.conftest import ours
from tests.test_commands import run

pytestmark = pytest.mark.django_db(transaction=True)


def test_agreeing_takes_each_by_what_the_buyer_asks_for(raised, platform):
    refund, returning = raised(), raised("blue", type=2, received=True)
    names = [str(refund.aftersale_id), str(returning.aftersale_id)]
    out, _err, code = run("decide_aftersales", "--agree", "--dry-run", *names)
    assert (code, [line.split("\t")[0] for line in out.splitlines()]) == (0, ["accept_refund", "accept_return"])
    assert run("decide_aftersales", "--agree", "--yes", *names)[2] == 0
    assert (len(platform.ledger("acceptrefund")), len(platform.ledger("acceptreturn"))) == (1, 1)
    assert ours(returning).status == 6


def test_a_refusal_wants_its_reason_and_keeps_it(raised, platform):
    aftersale = raised()
    with pytest.raises(CommandError, match="--refuse wants a --reason") as refused:
        run("decide_aftersales", "--refuse", "--yes", str(aftersale.aftersale_id))
    assert refused.value.returncode == 2
    refusing = ["decide_aftersales", "--refuse", "--reason", "Worn for a month", str(aftersale.aftersale_id)]
    assert run(*refusing, "--dry-run")[0].endswith("would be done\n")
    assert (ours(aftersale).reject_reason, Edit.objects.count()) == ("", 0)
    assert run(*refusing, "--yes")[2] == 0
    assert (ours(aftersale).status, ours(aftersale).reject_reason) == (4, "Worn for a month")
    assert Edit.objects.get().door == "command"


def test_a_large_refund_is_left_to_two_people(raised, platform, settings):
    settings.REFUND_SECOND_PERSON = 1000
    aftersale = raised(amount=1500)
    decision = ["decide_aftersales", "--agree", str(aftersale.aftersale_id)]
    assert "would be skipped: It is more than ¥10.00: a second person has to approve." in run(*decision, "--dry-run")[0]
    _out, err, code = run(*decision, "--yes")
    assert (code, "a second person has to approve" in err, platform.ledger("acceptrefund")) == (1, True, [])


def test_a_mistyped_after_sale_is_named(raised, platform):
    aftersale = raised()
    with pytest.raises(CommandError, match="There is no after-sale 12x"):
        run("decide_aftersales", "--agree", "--yes", str(aftersale.aftersale_id), "12x")
    assert platform.ledger("acceptrefund") == []
