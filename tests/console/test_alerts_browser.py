"""In a browser: an open tab shows a new alert, once."""

import pytest

from console.alerts import comparing
from tests.console.alerting import break_messages
from tests.factories import make_user
from tests.shop import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_open_tab_shows_a_new_alert_once_and_leads_to_it(page, live_server, platform):
    page.clock.install()
    sign_in(page, live_server, make_user("developer"))
    page.wait_for_selector(".alerts", state="hidden")
    break_messages()
    comparing.compare_all()
    page.clock.run_for(31_000)
    page.wait_for_selector(".alerts:has-text('Review of a product decided')")
    page.reload()
    page.wait_for_load_state("networkidle")
    assert page.is_hidden(".alerts")
    page.evaluate("localStorage.clear()")
    page.reload()
    page.click(".alerts p a")
    page.click("button:has-text('Acknowledge')")
    page.wait_for_selector(".messagelist:has-text('Acknowledged')")
    assert page.complaints == []
