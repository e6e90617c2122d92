"""Our envelopes against an independent peer, wechatpy's crypto module, and against damage."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from wechat import crypto, messages

APPID, TOKEN = "wxtest0000000001", "testtoken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
peer = WeChatCrypto(TOKEN, AES_KEY, APPID)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=300)


@given(texts)
def test_what_the_peer_encrypts_is_read_by_us(text):
    xml = peer.encrypt_message(text, "nonce", "1700000000")
    fields = messages.parse(xml.encode())
    assert crypto.signed(fields["MsgSignature"], TOKEN, fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
    assert crypto.decrypt(fields["Encrypt"], APPID, AES_KEY).decode() == text


@given(texts)
def test_what_we_encrypt_is_read_by_the_peer(text):
    envelope = crypto.encrypt(text.encode(), APPID, AES_KEY)
    signature = crypto.sign(TOKEN, "1700000000", "nonce", envelope)
    body = f"<xml><ToUserName>x</ToUserName><Encrypt>{envelope}</Encrypt></xml>"
    read = peer.decrypt_message(body, signature, "1700000000", "nonce")
    assert (read.decode() if isinstance(read, bytes) else read) == text


@pytest.mark.parametrize("length", range(70))
def test_every_length_of_padding_survives(length):
    message = os.urandom(length)
    assert crypto.decrypt(crypto.encrypt(message, APPID, AES_KEY), APPID, AES_KEY) == message


def test_an_envelope_for_another_appid_is_refused():
    with pytest.raises(crypto.BadEnvelope, match="another AppID"):
        crypto.decrypt(crypto.encrypt(b"x", "wxsomebodyelse00", AES_KEY), APPID, AES_KEY)


@given(st.binary(max_size=200))
def test_random_bytes_are_a_bad_envelope_and_never_another_error(junk):
    with pytest.raises(crypto.BadEnvelope):
        crypto.decrypt(base64.b64encode(junk).decode(), APPID, AES_KEY)


def test_truncated_base64_is_a_bad_envelope():
    with pytest.raises(crypto.BadEnvelope, match="base64"):
        crypto.decrypt(crypto.encrypt(b"hello", APPID, AES_KEY)[:-3], APPID, AES_KEY)


def test_a_signature_that_is_not_ascii_is_wrong_and_no_error():
    assert not crypto.signed("签名", TOKEN, "1", "2")
