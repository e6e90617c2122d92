"""What pages mask cannot be guessed letter by letter through the filters of a list; files are for this user alone."""

import stat
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from config.api import router
from config.private_files import private
from console.api_filters import KnownFilters
from console.masking import is_guessable, is_personal
from orders.models import Order
from scenes.models import Sharer
from tests.factories import OPENID, make_order, make_user

ORDERS = "/admin/orders/order/"


@pytest.mark.parametrize(
    "lookup",
    [
        "openid__startswith=oTV",
        f"openid={OPENID}",
        "sharer_openid__startswith=o",
        "address__icontains=138",
        "address__tel_number__startswith=138",
        "buyer_hashes__digest__startswith=a",
    ],
)
def test_masked_columns_are_no_filter_of_a_list(client, platform, lookup):
    make_order()
    client.force_login(make_user("auditor"))
    for at in (f"{ORDERS}?{lookup}", f"{ORDERS}download/?{lookup}"):
        assert client.get(at).status_code == 400


def test_the_lists_own_filters_and_other_columns_go_on(client, platform):
    order = make_order()
    client.force_login(make_user("auditor"))
    for query in (f"sharer_openid={OPENID}", "fund_type=1", "status__exact=10", "since=2020-01-01", "amount_from=1"):
        assert client.get(f"{ORDERS}?{query}").status_code == 200, query
    assert order.out_order_id in client.get(ORDERS).content.decode()


def test_no_list_takes_a_part_of_a_masked_column():
    """For each model with a list, and each of its columns that pages mask."""
    taken = [
        f"{model._meta.label}.{field.name}"
        for model in admin.site._registry
        for field in model._meta.get_fields()
        if is_personal(field.name) and not is_guessable(model, f"{field.name}__startswith")
    ]
    assert taken == []
    assert is_guessable(Sharer, "openid__gt") and is_guessable(Order, "lines__order__openid__regex")
    assert not is_guessable(Order, "status__exact")


def test_the_apis_filters_of_masked_columns_take_the_whole_value_only():
    parts = []
    for prefix, view, _name in router.registry:
        queryset = getattr(view, "queryset", None)
        filters = KnownFilters().get_filterset_class(view, queryset) if queryset is not None else None
        for name, one in (filters.base_filters if filters else {}).items():
            if is_personal(name.split("__")[0]) and one.lookup_expr != "exact":
                parts.append(f"{prefix}: {name}")
    assert parts == []


def test_private_files_and_the_embedded_database_are_for_this_user_alone():
    name = default_storage.save("some/where/paper.txt", ContentFile(b"x"))
    path = Path(default_storage.path(name))
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent, path.parent.parent, settings.PRIVATE)]
    assert modes == [0o600, 0o700, 0o700, 0o700]
    database = settings.VAR / "console.sqlite3"
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        assert stat.S_IMODE(database.stat().st_mode) == 0o600


def test_what_was_open_to_others_before_is_closed(tmp_path):
    path = tmp_path / "console.sqlite3"
    path.touch(0o644)
    assert stat.S_IMODE(private(path, 0o600).stat().st_mode) == 0o600


def test_readyz_counts_for_those_who_may_see_calls_only(client, settings):
    assert set(client.get("/readyz").json()) == {"database", "migrations", "mini_program", "disk", "broker", "sandbox"}
    client.force_login(make_user("warehouse"))
    assert "callbacks_waiting" not in client.get("/readyz").json()
    client.force_login(make_user("developer"))
    assert client.get("/readyz").json()["callbacks_waiting"] == 0
    client.logout()
    settings.METRICS_TOKEN = "a-token-of-monitoring"
    bearer = {"Authorization": "Bearer a-token-of-monitoring"}
    assert client.get("/readyz", headers=bearer).json()["steps_unknown"] == 0


def test_the_push_address_echoes_for_nobody_while_there_is_no_token(client, settings):
    from wechat import crypto

    settings.WECHAT_TOKEN = ""
    query = {"signature": crypto.sign("", "1", "n"), "timestamp": "1", "nonce": "n", "echostr": "hello"}
    answer = client.get("/wechat/callback/", query)
    assert answer.status_code == 403 and b"hello" not in answer.content
