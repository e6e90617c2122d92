"""In a browser: a withdrawal above what is there."""

import pytest

from orders.funds.models import Balance, Withdrawal
from tests.factories import make_user
from tests.shop import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_withdrawal_above_the_balance_is_refused_at_its_field(page, live_server, platform):
    Balance.objects.update_or_create(pk=Balance.load().pk, defaults={"available": 50_000, "pending": 0})
    sign_in(page, live_server, make_user("finance"))
    page.goto(f"{live_server.url}/admin/funds/withdrawal/add/")
    assert "500.00" in page.inner_text(".money-now")
    page.fill("[name=amount]", "500.01")
    page.click("[name=_save]")
    page.wait_for_selector(".errorlist:has-text('¥500.00 can be withdrawn at most')")
    assert Withdrawal.objects.count() == 0
    page.fill("[name=amount]", "500")
    page.click("[name=_save]")
    page.wait_for_selector(".messagelist:has-text('A second person has to approve it')")
    assert page.complaints == []
