"""The page on which a person plays WeChat: what its buttons do."""

import pytest

from sandbox.models import Account


@pytest.mark.parametrize(("mode", "form"), [("plaintext", "json"), ("compatible", "xml"), ("safe", "json")])
def test_the_mode_and_format_of_pushes_are_set(press, mode, form):
    press("set_push", mode=mode, format=form)
    account = Account.only()
    assert (account.mode, account.format) == (mode, form)


def test_a_mode_that_does_not_exist_is_refused(press):
    (message,) = press("set_push", mode="secret", format="xml").messages
    assert message.startswith("40097")
    assert Account.only().mode == "safe"
