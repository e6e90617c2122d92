"""The buttons of the sandbox's page, pressed by a command."""

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_order


def test_a_button_is_pressed_by_its_name(platform, capsys):
    order = make_order()
    call_command("sandbox_do", "pay_order", f"out_order_id={order.out_order_id}")
    assert platform.order(order.out_order_id).status == 20


def test_what_is_not_there_is_said(platform, capsys):
    call_command("sandbox_do")
    assert "pay_order" in capsys.readouterr().out
    for words, why in (
        (["pay"], "no button pay"),
        (["pay_order", "o-1"], "NAME=VALUE"),
        (["pay_order", "out_order_id=x"], "nothing like"),
    ):
        with pytest.raises(CommandError, match=why):
            call_command("sandbox_do", *words)


def test_a_refusal_of_the_sandbox_is_said(platform):
    order = make_order()
    call_command("sandbox_do", "pay_order", f"out_order_id={order.out_order_id}")
    with pytest.raises(CommandError, match=r"[0-9]{6}"):
        call_command("sandbox_do", "pay_order", f"out_order_id={order.out_order_id}")
