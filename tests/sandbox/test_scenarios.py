"""A session is recorded, written without secrets and people, and played again; the first deviation is named."""

import json
from copy import deepcopy
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from sandbox.models import Claim, Order, RecordedLine, Recording
from sandbox.platform import Silence
from sandbox.scenario import comparing, fronts, recording, replaying, writing

from .test_orders import named, order, parcel

FILE = Path(__file__).parent / "order_to_claim.json"
BUYER = "oTVP50O53a7jgmawAmxKukNlq3XI"


def session(shop, press) -> dict:
    """An order is placed, paid, shipped and read; a claim is opened, fails once and is agreed to."""
    press("start_recording")
    shop("order/add", order(openid=BUYER))
    shop("order/getpaymentparams", named(openid=BUYER))
    press("pay_order", out_order_id="o1")
    parcels = {"delivery_list": [parcel(("1", 2), ("2", 1))], "finish_all_delivery": 1}
    shop("delivery/send", named(openid=BUYER, **parcels))
    press("apply_for_claim", line=f"{Order.objects.get().order_id}:0", type="1", reason="不想要了")
    claim = {"aftersale_id": Claim.objects.get().aftersale_id}
    press("add_fault", kind="error", target="/shop/ecaftersale/acceptrefund", errcode="-1", left="1")
    shop("ecaftersale/acceptrefund", claim)
    shop("ecaftersale/acceptrefund", claim)
    shop("ecaftersale/get", claim)
    shop("order/get", named(openid=BUYER))
    press("stop_recording")
    shop("order/get", named(openid=BUYER))
    return writing.scenario(Recording.objects.get())


def played(scenario: dict) -> str:
    with replaying.fresh():
        return str(replaying.play(scenario, fronts.Here()) or "")


def test_a_session_is_recorded_and_played_again(shop, press):
    scenario = session(shop, press)
    what = [line.get("call") or line["do"] for line in scenario["lines"]]
    assert what[:4] == ["/shop/order/add", "/shop/order/getpaymentparams", "pay_order", "/shop/delivery/send"]
    assert [line["answer"]["errcode"] for line in scenario["lines"] if line.get("call", "").endswith("refund")] == [
        -1,
        0,
    ]
    assert len(what) == 10
    assert played(scenario) == ""
    assert Order.objects.get().openid == BUYER  # what was there before is there afterwards


def test_the_scenario_holds_no_secret_and_nobody(shop, press):
    text = json.dumps(session(shop, press), ensure_ascii=False)
    for real in (BUYER, "张三", "13800000000", "某路 1 号", "access_token"):
        assert real not in text
    assert "oScenario_0000000000000000001" in text and "<time " in text


def test_the_recorded_file_is_played_without_a_deviation(platform):
    assert played(json.loads(FILE.read_text())) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: lines[0]["answer"].update(errcode=9), "line 1, /shop/order/add: answer.errcode was 9, and is 0"),
        (lambda lines: lines[2].update(errcode=404), "line 3, pay_order: errcode was 404, and is 0"),
        (
            lambda lines: lines[-1]["answer"].update(more=1),
            "line 10, /shop/order/get: answer.more was 1, and is '(nothing)'",
        ),
    ],
)
def test_the_first_deviation_is_named_by_its_line(platform, change, said):
    scenario = deepcopy(json.loads(FILE.read_text()))
    change(scenario["lines"])
    assert played(scenario) == said


def test_only_what_bears_an_ids_name_or_is_long_is_taken_for_an_id():
    ids = comparing.Ids()
    assert comparing.difference({"brand_id": 10001}, {"brand_id": 10002}, ids) is None
    assert ids.replaced({"brand_id": 10001, "amount": 10001}) == {"brand_id": 10002, "amount": 10001}
    assert comparing.difference({"status": 1}, {"status": 2}, ids) == ("status", 1, 2)
    assert comparing.difference({"order_id": 1}, {"order_id": "1"}, ids) == ("order_id", 1, "1")


def test_a_silent_call_is_silent_again(shop, press, platform):
    recording.start()
    press("add_fault", kind="timeout_after", target="/shop/order/add", left="1")
    with pytest.raises(Silence):
        shop("order/add", order(openid=BUYER))
    recording.stop()
    scenario = writing.scenario(Recording.objects.get())
    assert scenario["lines"][1]["silence"] is True
    assert played(scenario) == ""


def test_the_command_records_writes_and_plays(shop, tmp_path, capsys):
    call_command("sandbox_scenario", "start")
    shop("order/add", order(openid=BUYER))
    call_command("sandbox_scenario", "stop")
    call_command("sandbox_scenario", "write", str(tmp_path / "one.json"))
    call_command("sandbox_scenario", "play", str(tmp_path / "one.json"))
    assert capsys.readouterr().out.splitlines()[1:] == ["1 lines", "1 lines, as recorded"]
    RecordedLine.objects.update(content={"do": "no_such_button", "with": {}, "errcode": 0, "events": []})
    call_command("sandbox_scenario", "write", str(tmp_path / "two.json"))
    with pytest.raises(CommandError, match="line 1, no_such_button: errcode was 0, and is 40097"):
        call_command("sandbox_scenario", "play", str(tmp_path / "two.json"))


def test_only_staff_download_a_scenario(shop, press, admin_client):
    session(shop, press)
    url = f"/sandbox/scenario/{Recording.objects.get().pk}/"
    assert Client().get(url).status_code == 302
    answer = admin_client.get(url)
    assert (json.loads(answer.content)["scenario"], answer["Content-Disposition"][:10]) == (1, "attachment")


@pytest.mark.django_db(transaction=True)
def test_a_running_sandbox_is_played_against_by_its_address(live_server, account, django_user_model):
    django_user_model.objects.create_superuser("weixin", password="x")
    demo = {
        "url": live_server.url,
        "username": "weixin",
        "password": "x",
        "appid": account.appid,
        "secret": account.secret,
    }
    assert replaying.play(json.loads(FILE.read_text()), fronts.Served(demo)) is None
