"""In a browser: two after-sales refused with one reason."""

import pytest

from tests.factories import make_user
from tests.shop import sign_in, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_chosen_after_sales_are_refused_with_one_reason(raised, page, live_server, request):
    chosen = [raised(amount=500), raised(amount=600)]
    request.getfixturevalue("workers")  # now: they would hear of an after-sale before the test does
    sign_in(page, live_server, make_user("customer_service"))
    page.goto(f"{live_server.url}/admin/aftersales/aftersale/")
    for row in page.locator(".action-select").all():
        row.check()
    page.select_option("select[name=action]", "reject_claim")
    page.click("button[name=index]")
    page.fill("[name=reject_reason]", "已经发货")
    if page.locator("#id_typed").count():
        page.fill("#id_typed", "2")
    page.click(".operations button")

    def refused() -> bool:
        for aftersale in chosen:
            aftersale.refresh_from_db()
        return all((aftersale.status, aftersale.reject_reason) == (4, "已经发货") for aftersale in chosen)

    wait_for(refused)
    assert page.complaints == []
