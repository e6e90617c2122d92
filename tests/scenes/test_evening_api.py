"""A live evening through the API and the command."""

import io

import pytest
from django.core.management import CommandError, call_command

from scenes.live_days import presses
from scenes.models import LiveDay, LiveTerm
from tests.factories import make_key, make_user
from tests.scenes.test_evenings import make_evening, on_sale, sell, there

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def api(client):
    headers = make_key("evenings")[1]

    def ask(method: str, path: str, body=None):
        send = getattr(client, method.lower())
        more = {} if body is None else {"data": body, "content_type": "application/json"}
        answer = send(f"/api/v1/live-days/{path}", headers=headers, **more)
        return answer.status_code, answer.json()

    return ask


def test_a_program_plans_begins_watches_and_ends_an_evening(api, platform, drain):
    first, second = on_sale(platform), on_sale(platform)
    day = make_evening(first, price=None, stock=None)
    assert api("POST", f"{day.pk}/begin/")[0] == 409  # nothing has a price or a stock
    rows = [
        {"out_product_id": spu.out_product_id, "out_sku_id": spu.skus.get().out_sku_id, "price": 18800, "stock": 4}
        for spu in (second, first)
    ]
    status, answer = api("PUT", f"{day.pk}/goods/", {"rows": [*rows, {**rows[0], "out_sku_id": "nobody"}]})
    assert status in (400, 409, 422)
    assert "rows[2].out_sku_id" in str(answer)
    assert not LiveTerm.objects.exclude(price=None).exists()
    status, goods = api("PUT", f"{day.pk}/goods/", {"rows": rows})
    assert (status, [one["out_product_id"] for one in goods]) == (200, [second.out_product_id, first.out_product_id])
    status, job = api("POST", f"{day.pk}/begin/")
    assert (status, job["operation"], job["elsewhere"]) == (202, "catalog.send_live_terms", [])
    drain()
    assert there(platform, first) == (18800, 4)
    sell(platform, first, 1)
    status, board = api("GET", f"{day.pk}/board/")
    assert (status, board["pieces"], board["left"], "fen" in board) == (200, 1, 7, False)
    assert api("POST", f"{day.pk}/end/")[0] == 202
    drain()
    assert there(platform, first) == (19900, 9)
    assert api("GET", f"{day.pk}/goods/")[1][1]["terms"][0]["left"] == 3
    assert api("POST", f"{day.pk}/begin/")[0] == 409


def test_a_key_that_only_plans_begins_nothing(client, platform):
    day = make_evening(on_sale(platform))
    headers = make_key("live-days")[1]
    assert client.post(f"/api/v1/live-days/{day.pk}/begin/", headers=headers).status_code == 403
    assert LiveDay.objects.get().started_at is None


def test_the_command_begins_and_ends_it_and_goes_on_with_what_is_left(platform):
    spu = on_sale(platform)
    day = make_evening(spu)
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("live_evening", "begin", day.pk, stdout=out)  # nobody to ask
    with pytest.raises(CommandError):
        call_command("live_evening", "end", day.pk, "--yes", stdout=out)
    presses.begin(day, make_user())  # its worker died before the first row
    call_command("live_evening", "begin", day.pk, "--yes", stdout=out)
    call_command("live_evening", "end", day.pk, "--yes", stdout=out)
    call_command("live_evening", "end", day.pk, "--yes", stdout=out)
    assert "Nothing to do." in out.getvalue()
