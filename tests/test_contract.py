"""The platform's own samples (../shared) through our client and the sandbox, and its events through our door."""

import json
import time
from urllib.parse import urlencode

import pytest
import responses

from tests.conftest import SHARED
from wechat import client, crypto, messages
from wechat.errors import Refused
from wechat.models import Callback
from wechat.shop import account, audit, cat, img, register, token

SECTIONS = ("token", "register", "img", "cat", "audit", "account")
SAMPLES = SHARED / "wechat" / "samples"
REQUESTS = [path for section in SECTIONS for path in sorted(SAMPLES.glob(f"api/{section}/*.request.json"))]
ANSWERS = [path for section in SECTIONS for path in sorted(SAMPLES.glob(f"api/{section}/*.response.json"))]
EVENTS = sorted(SAMPLES.glob("events/*"))
needs_samples = pytest.mark.skipif(not SAMPLES.exists(), reason="the samples of ../shared are not beside this checkout")

# What the sandbox is to answer where a sample is not right as it stands.
EXPECTED = {
    "audit_audit_brand": 1070010,  # its pictures lie on a foreign host
    "audit_audit_category": 1070010,
    "register_finish_access_info": 1040004,  # no product of ours has been approved yet
}
# Our function for each answer, and what of the sample it is to give.
READERS = {
    "account_get_category_list": (account.get_category_list, lambda answer: answer["data"]),
    "account_get_info": (account.get_info, lambda answer: answer["data"]),
    "audit_audit_brand": (lambda: audit.audit_brand({}), lambda answer: answer["audit_id"]),
    "audit_audit_category": (lambda: audit.audit_category({}), lambda answer: answer["audit_id"]),
    "audit_result": (lambda: audit.result("x"), lambda answer: answer["data"]),
    "cat_get": (cat.get, lambda answer: answer["third_cat_list"]),
    "img_upload": (lambda: img.upload("a.png", b"x", "image/png"), lambda answer: answer["img_info"]),
    "register_check": (register.check, lambda answer: answer["data"]),
    "token": (token.token, lambda answer: answer),
}
PATHS = {"token": "/cgi-bin/token"}


def stem(path) -> str:
    return path.name.split(".")[0]


def endpoint_of(path) -> str:
    name = stem(path)
    section, rest = path.parent.name, name.removeprefix(f"{path.parent.name}_")
    return PATHS.get(name, f"/shop/{section}/{rest}")


@needs_samples
def test_there_are_samples_to_test():
    assert len(REQUESTS) >= 4
    assert {stem(path) for path in ANSWERS} == set(READERS)


@pytest.mark.parametrize("path", REQUESTS, ids=stem)
def test_a_request_sample_is_accepted_by_the_sandbox_or_refused_as_expected(platform, path):
    try:
        client.post(endpoint_of(path), json.loads(path.read_text()))
        errcode = 0
    except Refused as refusal:
        errcode = refusal.errcode
    assert errcode == EXPECTED.get(stem(path), 0)


@pytest.mark.parametrize("name", ["audit_brand", "audit_category"])
@needs_samples
def test_a_review_sample_is_accepted_once_foreign_pictures_are_allowed(platform, name):
    platform.configure(switches={"images_must_be_ours": False})
    sample = json.loads((SAMPLES / f"api/audit/audit_{name}.request.json").read_text())
    if name == "audit_category":
        sample["audit_req"]["category_info"]["certificate"] = ["https://mmecimage.cn/p/a"]
    assert client.post(f"/shop/audit/{name}", sample)["audit_id"]


@pytest.mark.parametrize("path", ANSWERS, ids=stem)
def test_an_answer_sample_is_read_by_our_function(path):
    answer = json.loads(path.read_text())
    read, expected = READERS[stem(path)]
    client.mount(None)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        url = f"https://api.weixin.qq.com{endpoint_of(path)}"
        mock.post("https://api.weixin.qq.com/cgi-bin/stable_token", json={"access_token": "T", "expires_in": 7200})
        mock.add("GET" if stem(path) == "token" else "POST", url, body=path.read_bytes())
        assert read() == expected(answer)


@pytest.mark.parametrize("sealed", [True, False], ids=["encrypted", "plain"])
@pytest.mark.parametrize("as_json", [True, False], ids=["json", "xml"])
@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.name)
def test_an_event_sample_is_accepted_in_both_forms_and_modes(client_http, settings, path, as_json, sealed):
    body = path.read_bytes()
    if as_json and path.suffix == ".xml":
        body = json.dumps(messages.parse(body), ensure_ascii=False).encode()
    elif not as_json and path.suffix == ".json":
        pytest.skip("this sample exists as JSON only")
    settings.WECHAT_CALLBACK_MODE = "safe" if sealed else "plaintext"
    stamp, nonce = str(int(time.time())), "n"
    query = {"timestamp": stamp, "nonce": nonce, "signature": crypto.sign(settings.WECHAT_TOKEN, stamp, nonce)}
    sent = body
    if sealed:
        envelope = crypto.encrypt(body, settings.WECHAT_APPID, settings.WECHAT_AES_KEY)
        query |= {"encrypt_type": "aes", "msg_signature": crypto.sign(settings.WECHAT_TOKEN, stamp, nonce, envelope)}
        sent = (messages.to_json if as_json else messages.to_xml)({"ToUserName": "gh", "Encrypt": envelope})
    response = client_http.post(f"/wechat/callback/?{urlencode(query)}", sent, content_type="text/xml")
    assert response.content == b"success"
    assert Callback.objects.get().message == messages.Event(messages.parse(path.read_bytes()))


@pytest.fixture
def client_http():
    from django.test import Client

    return Client()


def test_every_endpoint_of_these_sections_has_a_function_and_a_counterpart(api_json):
    from wechat.sandbox.platform import ENDPOINTS

    wanted = {path for path, known in api_json["endpoints"].items() if known["group"] in SECTIONS}
    assert wanted == set(ENDPOINTS)
    modules = {"register": register, "img": img, "cat": cat, "audit": audit, "account": account, "token": token}
    for path in wanted:
        group = api_json["endpoints"][path]["group"]
        assert callable(getattr(modules[group], path.rsplit("/", 1)[-1])), path
