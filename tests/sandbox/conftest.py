"""The pretend platform by itself, called without the console."""

import json
import random
from types import SimpleNamespace

import pytest
from django.test import Client

from sandbox import platform as sandbox
from sandbox.models import Account, Picture


@pytest.fixture
def account():
    return Account.only()


@pytest.fixture
def token(account):
    credentials = {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret}
    return post("/cgi-bin/stable_token", credentials)["access_token"]


def post(path, data, query=None, method="POST", raw=None):
    body = raw if raw is not None else json.dumps(data).encode()
    return json.loads(sandbox.call(method, path, query or {}, body, "application/json").body)


@pytest.fixture
def shop(token):
    return lambda path, data=None, **how: post(f"/shop/{path}", data or {}, {"access_token": token}, **how)


@pytest.fixture
def link(account):
    return Picture.objects.create(link=f"https://mmecimage.cn/p/{account.appid}/{random.random()}", size=1).link


@pytest.fixture
def press(django_user_model):
    """A button of the page on which a person plays WeChat."""
    browser = Client()
    browser.force_login(django_user_model.objects.create_superuser("weixin", password="x"))

    def run(action, **given):
        said = browser.post(f"/sandbox/do/{action}/", given, follow=True)
        return SimpleNamespace(text=said.content.decode(), messages=[str(one) for one in said.context["messages"]])

    run.again = lambda pk: browser.post(f"/sandbox/push/{pk}/")
    run.page = lambda: browser.get("/sandbox/").content.decode()
    return run
