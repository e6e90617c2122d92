"""Keys that are lost, replaced or dumped: what starts, what is said, and what is read afterwards."""

import json
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.utils import timezone

from config import starting
from console import edit_chain, edit_faults
from console.edits import trace_edit
from console.models import EditLink, FeedEvent
from orders.models import Order
from tests.factories import OPENID, make_order, make_spu, make_user
from wechat import field_keys, tokens
from wechat.models import AccessToken, BuyerKey, Callback, SealingKey
from wechat.sealed import Unreadable, key_names, seal
from wechat.sealed_columns import Column, columns
from wechat.shop import account

SENTENCE = "FIELD_KEYS does not hold the key with which these are sealed in this database: orders"
ADDRESS = Column(Order, "address")
KEY = Column(BuyerKey, "key")


def keep_message(number: int) -> Callback:
    return Callback.objects.create(key=str(number), event="e", body=seal(b"{}"), received_at=timezone.now())


def rotate(*args) -> str:
    out = StringIO()
    call_command("rotate_keys", *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def keys(settings):
    """Sets FIELD_KEYS; begins with “old”."""

    def use(*names: str) -> None:
        settings.FIELD_KEYS = list(names)

    use("old")
    return use


def test_every_sealed_column_is_known():
    named = {f"{column.model.__name__}.{column.name}" for column in columns()}
    assert {"AccessToken.value", "Callback.body", "Order.address", "AlertChannel.url"} <= named


def test_a_process_does_not_start_without_the_key_of_what_is_stored(keys, monkeypatch):
    monkeypatch.setattr(starting.connection, "close", lambda: None)  # the test's own
    make_order()
    starting.refuse_another()
    assert list(SealingKey.objects.values_list("name", flat=True)) == [key_names()[0].hex()]
    keys("new")
    with pytest.raises(ImproperlyConfigured, match=SENTENCE):
        starting.refuse_another()
    with pytest.raises(SystemCheckError, match=SENTENCE):
        call_command("check", databases=["default"])
    keys("new", "old")
    starting.refuse_another()
    assert SealingKey.objects.count() == 2


def test_where_field_keys_are_not_set_the_sentence_names_secret_key(settings, keys):
    make_order()
    settings.SECRET_KEY = "new"
    keys("new")
    assert field_keys.refusal().startswith("SECRET_KEY (or the file secret.key of VAR_DIR) is not the one")


def test_an_upgrade_notes_the_keys_of_what_is_stored_already(keys):
    make_order()
    keys("new")
    assert field_keys.note().startswith(SENTENCE) and not SealingKey.objects.exists()


def test_a_key_with_which_nothing_is_sealed_any_more_is_not_missed(keys):
    field_keys.note()
    keys("new")
    assert field_keys.note() == ""


def test_a_token_that_cannot_be_opened_is_fetched_anew(platform, keys):
    account.get_brand_list()
    tokens._held = None
    keys("new")
    assert field_keys.note() == ""  # of a token alone
    account.get_brand_list()
    assert len(platform.ledger("stable_token")) == 2
    assert AccessToken.objects.get().value


def test_pages_name_a_key_that_is_missing(client, keys):
    make_order()
    keys("new")
    client.raise_request_exception = False
    client.force_login(make_user("owner"))
    answer = client.get("/api/v1/orders/")
    assert (answer.status_code, answer.json()["detail"].partition(",")[0]) == (
        503,
        "Stored data is encrypted with a key that the console does not have (FIELD_KEYS",
    )


def test_keys_are_rotated_in_chunks_and_a_stopped_rotation_goes_on(keys, monkeypatch):
    monkeypatch.setattr("wechat.sealed_columns.CHUNK", 2)
    orders = [make_order() for _nth in range(5)]
    addresses = [order.address for order in orders]
    keep_message(1)
    field_keys.note()
    keys("new", "old")
    FeedEvent.objects.all().delete()
    next(field_keys.reseal(ADDRESS))  # stopped after the first chunk
    assert ADDRESS.under(key_names()[0]).count() == 2
    said = rotate()
    assert "orders.Order.address: 3 sealed anew" in said and "wechat.Callback.body: 1 sealed anew" in said
    keys("new")
    field_keys.note()
    assert [order.address for order in Order.objects.order_by("pk")] == addresses
    assert Callback.objects.get().message is not None
    assert list(SealingKey.objects.values_list("name", flat=True)) == [key_names()[0].hex()]
    assert not FeedEvent.objects.exists()  # nothing of the records has changed


def seal_meanwhile(settings, monkeypatch, times: int) -> None:
    """Another process, which has the old key alone, keeps a message each time that all columns are done."""
    reseal, left = field_keys.reseal, iter(range(times))

    def with_another(column):
        yield from reseal(column)
        if column == columns()[-1] and (number := next(left, None)) is not None:
            ours, settings.FIELD_KEYS = settings.FIELD_KEYS, ["old"]
            keep_message(number)
            settings.FIELD_KEYS = ours

    monkeypatch.setattr(field_keys, "reseal", with_another)


def test_what_another_process_seals_meanwhile_is_sealed_anew_too(settings, keys, monkeypatch):
    keys("new", "old")
    seal_meanwhile(settings, monkeypatch, 2)
    assert "All is sealed with the first key" in rotate()
    assert not [column for column in columns() if column.under_others(key_names()[0]).exists()]


def test_the_other_keys_stay_while_another_process_seals_with_them(settings, keys, monkeypatch):
    field_keys.note()
    keys("new", "old")
    seal_meanwhile(settings, monkeypatch, 99)
    with pytest.raises(CommandError, match=r"1 of wechat.Callback.body. Another process still seals"):
        rotate()
    assert SealingKey.objects.exists()


def test_a_key_that_is_used_is_missed_though_it_was_not_noted(keys):
    keys("new")
    field_keys.note()
    keys("old")
    make_order()
    keys("new")
    assert field_keys.refusal().startswith(SENTENCE)


def test_the_chain_of_edits_holds_after_a_rotation_without_the_old_key(keys):
    spu = make_spu()
    trace_edit(spu, {"title": ["", "1"]})
    edit_chain.link()
    trace_edit(spu, {"title": ["1", "2"]})  # not linked yet
    keys("new", "old")
    rotate()
    keys("new")
    assert (list(edit_faults.faults()), EditLink.objects.count()) == ([], 2)


def test_what_a_lost_key_signed_is_gone_on_from_only_when_it_is_said(keys):
    trace_edit(make_spu(), {"title": ["", "1"]})
    edit_chain.link()
    keys("new")
    with pytest.raises(CommandError, match="None of FIELD_KEYS signed the link 1 of the edits"):
        rotate()
    with pytest.raises(CommandError, match="no terminal"):
        rotate("--give-up-lost")
    rotate("--give-up-lost", "--yes")
    assert list(edit_faults.faults()) == []


def test_what_somebody_writes_meanwhile_is_not_written_over(keys):
    order = make_order()
    keys("new", "old")
    (pk, read), *_rest = [(row.pk, bytes(row.raw)) for row in ADDRESS.rows()]
    Order.objects.filter(pk=order.pk).update(address={"receiver_name": "later"})
    field_keys._replace(ADDRESS, [(seal(b"{}"), pk, read)])
    order.refresh_from_db()
    assert order.address == {"receiver_name": "later"}


def test_a_key_that_is_lost_for_ever_is_given_up_only_when_it_is_said(keys):
    order, message = make_order(), keep_message(1)
    field_keys.note()
    keys("new")
    with pytest.raises(CommandError, match=r"opens 1 of wechat.Callback.body, 1 of orders.Order.address|1 of orders"):
        rotate()
    with pytest.raises(CommandError, match="no terminal"):
        rotate("--give-up-lost")
    assert "orders.Order.address: 1 emptied" in rotate("--give-up-lost", "--yes")
    order.refresh_from_db()
    message.refresh_from_db()
    assert (order.address, field_keys.note()) == ({}, "")


def test_a_dump_holds_no_value_in_the_clear_and_is_loaded_under_the_same_key(keys, tmp_path):
    order = make_order()
    secret = order.address["detailed_address"]
    out = StringIO()
    call_command("dumpdata", "orders", stdout=out, exclude=["orders.StockedSKU"])  # a proxy
    dumped = out.getvalue()
    assert "sealed:" in dumped and secret not in dumped and json.dumps(secret)[1:-1] not in dumped
    path = tmp_path / "dump.json"
    path.write_text(dumped)
    Order.objects.update(address=None)
    call_command("loaddata", str(path), verbosity=0)
    assert Order.objects.get().address == order.address
    keys("another")
    with pytest.raises(Exception, match="FIELD_KEYS"):
        call_command("loaddata", str(path), verbosity=0)


def test_the_whole_database_can_be_dumped_in_every_format(keys):
    order = make_order()
    keep_message(1)
    for form in ("json", "jsonl", "xml", "yaml"):
        out = StringIO()
        call_command("dumpdata", format=form, stdout=out, exclude=["orders.StockedSKU"])  # a proxy
        assert order.address["detailed_address"] not in out.getvalue()


@pytest.mark.django_db(serialized_rollback=True)
def test_the_serialisation_of_the_tests_works():
    from django.db import connection

    order = make_order()
    text = connection.creation.serialize_db_to_string()
    assert "sealed:" in text and json.dumps(order.address["detailed_address"])[1:-1] not in text


def test_a_form_opens_no_sealed_value():
    sealed = Order._meta.get_field("address").value_to_string(Order(address={"a": "b"}))
    assert Column(Order, "address").field.clean(sealed, None) == sealed


def test_a_buyer_whose_key_is_lost_gets_another_one(keys):
    lost = BuyerKey.objects.seal(OPENID, b"lost")
    field_keys.note()
    keys("new")
    assert "wechat.BuyerKey.key: 1 emptied" in rotate("--give-up-lost", "--yes")
    with pytest.raises(Unreadable, match="given up as lost"):
        BuyerKey.objects.unseal(lost)
    assert BuyerKey.objects.unseal(BuyerKey.objects.seal(OPENID, b"later")) == b"later"


@pytest.mark.parametrize("key", ["", "00", "no key"])
def test_a_buyers_key_that_is_none_is_unreadable_and_an_empty_one_is_replaced(keys, key):
    sealed = BuyerKey.objects.seal(OPENID, b"lost")
    row = KEY.rows().get()
    field_keys._replace(KEY, [(seal(key.encode()), row.pk, bytes(row.raw))])
    with pytest.raises(Unreadable):
        BuyerKey.objects.unseal(sealed)
    if not key:
        assert BuyerKey.objects.unseal(BuyerKey.objects.seal(OPENID, b"later")) == b"later"
