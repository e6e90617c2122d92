import pytest

from wechat.sealed import Unreadable, seal, unseal


def test_a_sealed_value_opens_and_differs_each_time():
    assert seal(b"x") != seal(b"x")
    assert unseal(seal("汉字".encode())).decode() == "汉字"


def test_after_rotation_old_values_open_and_new_ones_use_the_new_key(settings):
    settings.FIELD_KEYS = ["old"]
    old = seal(b"value")
    settings.FIELD_KEYS = ["new", "old"]
    assert unseal(old) == b"value"
    new = seal(b"value")
    settings.FIELD_KEYS = ["old"]
    with pytest.raises(Unreadable):
        unseal(new)


def test_a_changed_value_is_unreadable_and_says_which_setting(settings):
    damaged = bytearray(seal(b"value"))
    damaged[-1] ^= 1
    with pytest.raises(Unreadable, match="FIELD_KEYS"):
        unseal(bytes(damaged))
