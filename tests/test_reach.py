"""Everybody can use the pages: axe finds nothing serious, and the keyboard alone does the work."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from aftersales.models import Aftersale
from orders.models import Order
from orders.operations import refresh_order
from tests.factories import make_companies, make_order, make_user, order_body
from tests.shop import fill_shop, sign_in, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# The library's own pages, and those of somebody else's design.
ELSEWHERE = ("/sandbox/",)
SERIOUS = ("serious", "critical")
OPTIONS = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 1280, "light"), ("en", 390, "dark"), ("zh-hans", 1280, "dark"), ("zh-hans", 390, "light")],
)
def test_every_page_fits_its_screen_keeps_the_policy_and_shows_axe_nothing_serious(
    page, live_server, platform, language, width, scheme
):
    owner = make_user("owner")
    paths = fill_shop(platform, owner)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    sign_in(page, live_server, owner)
    wrong: dict = {}
    for nth, path in enumerate(paths):
        page.goto(f"{live_server.url}{path}")
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (too_wide <= 0, page.complaints) == (True, []), path
        # For axe every second page in other words, widths and colours is enough.
        if path not in ELSEWHERE and ((language, width) == ("en", 1280) or nth % 2 == 0):
            wrong |= serious(page, path)
            page.complaints.clear()  # axe writes styles into the page, which the policy forbids
    assert len(paths) >= 25
    page.goto(f"{live_server.url}/api/v1/docs/")
    page.wait_for_selector("text=Trading console API")
    assert page.complaints == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/admin/")
    page.click(".drawer summary")
    assert wrong | serious(page, "the drawer") == {}


def serious(page, path: str) -> dict:
    """What axe finds serious on the page that is shown."""
    found = [one for one in Axe().run(page, options=OPTIONS).response["violations"] if one["impact"] in SERIOUS]
    return {
        (one["id"], node["html"][:150], node["failureSummary"][-120:]): path for one in found for node in one["nodes"]
    }


def focused(page) -> str:
    """What the focused element says."""
    return page.evaluate("(document.activeElement.textContent || document.activeElement.value || '').trim()")


def stops(page, wanted: str, most: int = 60) -> int:
    """Press Tab until the focus is on what a selector finds; how often that was."""
    for count in range(1, most + 1):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
            return count
    raise AssertionError(f"{wanted} is not reached by Tab")


def test_the_first_row_of_a_list_is_within_ten_stops(page, live_server, platform):
    make_order(order_body(out_order_id="o-1"))
    sign_in(page, live_server, make_user("warehouse"))
    page.goto(f"{live_server.url}/admin/orders/order/")
    count = stops(page, ".skip-to-content-link")
    page.keyboard.press("Enter")
    count += stops(page, ".skip-to-rows")
    page.keyboard.press("Enter")
    count += stops(page, "#result_list tbody a, #result_list tbody input")
    assert count <= 10
    page.goto(f"{live_server.url}/admin/orders/order/")
    page.keyboard.press("j")
    assert focused(page) == "o-1"


def test_an_order_is_shipped_by_the_keyboard_alone(page, live_server, workers, platform):
    make_companies()
    order = make_order(order_body(out_order_id="o-1"))
    platform.pay(order.out_order_id)
    refresh_order(order)
    sign_in(page, live_server, make_user("warehouse"))
    page.keyboard.press("/")
    page.keyboard.type("o-1")
    page.wait_for_selector(".palette .found a:has-text('o-1')")
    page.keyboard.press("Enter")
    page.wait_for_selector(".record-head")
    stops(page, "[name=waybill_id]")
    page.keyboard.type("SF1234567890")
    page.keyboard.press("Enter")  # the first button of the form: add and ship
    page.wait_for_selector(".messagelist")
    assert "done" in focused(page)
    wait_for(lambda: Order.objects.get().status == 30)


def test_j_moves_one_row_also_where_clocks_run(page, live_server, platform):
    fill_shop(platform, make_user("owner"))
    first = Aftersale.objects.get()
    first.pk, first.aftersale_id, first.out_aftersale_id = None, None, "second"
    first.save(force_insert=True)
    sign_in(page, live_server, make_user("customer_service"))
    page.goto(f"{live_server.url}/admin/aftersales/aftersale/")
    page.keyboard.press("j")
    at = "[...document.querySelectorAll('#result_list tbody tr')].indexOf(document.activeElement.closest('tr'))"
    assert page.evaluate(at) == 0
    page.keyboard.press("j")
    assert page.evaluate(at) == 1


def test_a_claim_is_answered_by_the_keyboard_alone(page, live_server, workers, platform):
    fill_shop(platform, make_user("owner"))
    sign_in(page, live_server, make_user("customer_service"))
    page.on("dialog", lambda dialog: dialog.accept())
    stops(page, "ul.urgent form button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".messagelist")
    wait_for(lambda: Aftersale.objects.get().status in (11, 13))


FIRST_ACTS = {
    "owner": "ul.urgent form button",
    "customer_service": "ul.urgent form button",
    "warehouse": "ul.urgent a",
    "product": "a.card",
    "finance": "ul.urgent a",
}


@pytest.mark.parametrize(("role", "first"), FIRST_ACTS.items(), ids=FIRST_ACTS)
def test_each_role_acts_first_within_three_presses(page, live_server, platform, role, first):
    """One press signs in, the next is on what waits."""
    fill_shop(platform, make_user("owner"))
    sign_in(page, live_server, make_user(role))
    page.on("dialog", lambda dialog: dialog.accept())
    page.click(f"{first} >> nth=0")
    page.wait_for_selector("#content")
    assert page.url != f"{live_server.url}/admin/" or page.locator(".messagelist").count()
