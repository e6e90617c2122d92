"""The walk of 17 steps over HTTP and callbacks: to its end, in both languages, and again after each failure."""

import io
import re
import subprocess
import sys
import threading

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from django.utils import translation

from config.urls import urlpatterns
from orders.funds.models import MerchantAccount
from sandbox.endpoints import wxpay
from sandbox.models import Account, Application
from scenes.board.guide import PARTS, STEPS
from scenes.board.rows import Board
from scenes.models import Access
from scenes.operations import refresh_access
from tests.factories import make_user
from tests.processes import ROOT
from tests.shop import wait_for
from wechat.models import Step
from wechat.steps.closing import close
from wechat.steps.operations import lease, new_step

pytestmark = pytest.mark.django_db(transaction=True)

# A fault at each step that calls WeChat, in the order of the walk: where it first calls, and where it declares.
FAULTS = {
    "calls": [
        (1, "/shop/register/apply", 48001),
        (3, "/shop/cat/get", 40097),
        (4, "/shop/spu/add", 1000045),
        (5, "/shop/order/add", 1010005),
        (6, "/shop/delivery/send", 1010003),
        (7, "/shop/ecaftersale/add", 2747002),
        (10, "/shop/register/apply_scene", 40097),
        (11, "/shop/promoter/list", 40097),
        (13, "/shop/order/getpaymentparams", 1010044),
        (16, "/shop/delivery/send", 1010003),
        (17, "/shop/ecaftersale/acceptrefund", 2747009),
    ],
    "declares": [
        (3, "/shop/account/update_info", 40097),
        *((number, "/shop/register/finish_access_info", 40097) for number in (4, 5, 6, 7, 8, 9)),
        (11, "/shop/scene/check", 40097),
        (13, "/shop/order/add", 1010005),
        (17, "/shop/ecaftersale/add", 2747002),
    ],
    "reads the merchant account": [(3, "/shop/wxpay/get", 40097)],
    "uploads its papers": [(3, "/shop/img/upload", 40097)],
    "applies for it": [(3, "/shop/wxpay/apply", 40097)],
}


@pytest.fixture
def walk(live_server, workers, platform):
    """Run the command against the test's server; gives its exit code and what it printed."""
    Account.only()
    Account.objects.update(access="closed", merchant="closed", bank_account={})
    make_user("owner", username="walker")

    def run(language: str = "en", patience: float = 6, until: int = 17) -> tuple[int, str]:
        out = io.StringIO()
        how = {"url": live_server.url, "username": "walker", "password": "pass word 1", "language": language}
        try:
            call_command("walkthrough", stdout=out, patience=patience, until=until, **how)
        except SystemExit as ended:
            return ended.code, out.getvalue()
        return 0, out.getvalue()

    return run


def marks(printed: str) -> str:
    return "".join(re.findall(r"^  ([✓✗·]) ", printed, re.M))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_from_an_empty_database_to_step_17(walk, language):
    code, printed = walk(language)
    assert (code, marks(printed)) == (0, "✓" * 17)
    titles = {"en": str(STEPS[0].title), "zh-hans": STEPS[0].chinese}
    assert f"1.1   {titles[language]}" in printed
    with translation.override(language):
        assert re.findall(r"^(\d)  (.+)$", printed, re.M) == [(str(part), str(PARTS[part])) for part in PARTS]
    assert Board(Access.load()).completed == 17
    code, printed = walk(language)
    assert code == 0, printed  # a walk that has come to its end does so again


@pytest.mark.parametrize("faults", FAULTS)
def test_a_fault_at_each_step_leaves_it_failed_with_its_reason_and_the_next_run_finishes_it(walk, platform, faults):
    last = ""
    for number, endpoint, errcode in FAULTS[faults]:  # each run finishes the step at which the one before it failed
        if endpoint == last:  # where that step would be struck again
            assert walk(until=number - 1)[0] == 0, number
        last = endpoint
        platform.fault("error", endpoint, errcode=errcode)
        code, printed = walk()
        expected = "✓" * (number - 1) + "✗" + "·" * (17 - number)
        assert (code, marks(printed)) == (1, expected), (number, endpoint, printed)
        assert str(errcode) in printed.split("✗")[1], (endpoint, printed)
        if number <= 10:  # what the later steps ask besides is not the board's
            assert Board(Access.load()).rows[number - 1].state != "completed"
    code, printed = walk()
    assert (code, marks(printed)) == (0, "✓" * 17), printed


def test_a_step_that_a_worker_has_open_on_the_record_is_waited_for(walk):
    step = new_step(refresh_access, Access.load().pk, state=Step.State.SENT, attempts=1, lease_until=lease())
    step.save()

    in_the_way = Step.objects.filter(operation="scenes.refresh_access", state=Step.State.SKIPPED)

    def end_it():
        wait_for(in_the_way.exists)
        close(step, Step.State.DONE)
        connections.close_all()

    threading.Thread(target=end_it).start()
    code, printed = walk(until=1)
    assert (code, marks(printed)) == (0, "✓"), printed
    assert in_the_way.exists()


def test_what_never_arrives_is_waited_for_and_then_said(walk, platform):
    platform.fault("push_lost", "open_product_spu_audit")
    code, printed = walk(patience=2)
    assert (code, marks(printed)) == (1, "✓✓✓✗" + "·" * 13)
    assert "Timeout: waited until the product is approved." in printed


def test_who_cannot_sign_in_is_told(walk, live_server, capsys):
    with pytest.raises(CommandError, match="did not work") as error:
        call_command("walkthrough", url=live_server.url, username="nobody", password="x", language="en")
    assert error.value.returncode == 2


def test_a_console_without_the_sandbox_is_told_apart(walk, settings):
    settings.WECHAT_SANDBOX = False
    settings.ROOT_URLCONF = tuple(where for where in urlpatterns if str(where.pattern) != "sandbox/")
    with pytest.raises(CommandError, match="no console with the sandbox: /sandbox/ answers HTTP 404") as error:
        walk()
    assert error.value.returncode == 2


def test_an_open_merchant_account_is_left_as_it_is(walk, platform):
    Account.objects.update(merchant="open")
    code, printed = walk(until=3)
    assert (code, marks(printed)) == (0, "✓✓✓"), printed
    assert MerchantAccount.load().is_open
    assert platform.ledger("wxpay/apply") == []


def test_an_application_that_was_refused_or_waits_for_a_transfer_is_seen_through(walk, platform):
    for play in (wxpay.ask_transfer, lambda application: wxpay.reject(application, "id_card_info", "证件照片不清晰")):
        Account.objects.update(merchant="closed")
        assert walk(until=3)[0] == 0
        application = Application.objects.order_by("-pk").first()
        Application.objects.filter(pk=application.pk).update(state=Application.CHECKING)
        play(application)
        code, printed = walk(until=3)
        assert (code, MerchantAccount.load().is_open) == (0, True), printed
    assert len(platform.ledger("wxpay/apply")) == 2


def test_a_frozen_merchant_account_is_not_taken_for_an_open_one(walk, platform):
    assert walk(until=3)[0] == 0
    wxpay.freeze(Application.objects.get())
    code, printed = walk(until=3)
    assert (code, marks(printed)) == (1, "✓✓✗")
    assert "The merchant account is not open: Frozen." in printed


@pytest.mark.processes
def test_it_starts_a_server_and_a_database_of_its_own():
    command = [sys.executable, "manage.py", "walkthrough", "--language", "zh-hans"]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=480)
    assert (process.returncode, marks(process.stdout)) == (0, "✓" * 17), process.stdout + process.stderr
    assert "商家代码开发" in process.stdout
