"""The commands of the developers' guide, run as they stand there, one after the other."""

import json
import re
import shlex

import pytest
from django.conf import settings

from console.webhooks import addresses
from tests.factories import make_companies, make_key

BLOCK = re.compile(r"```sh\n(.*?)```", re.S)
SCOPES = ["orders", "ship", "after-sale", "after-sale-decide", "products", "lists", "events", "webhooks"]


def blocks(guide: str) -> list[str]:
    return BLOCK.findall((settings.BASE_DIR / "docs" / guide).read_text(encoding="utf-8"))


def parsed(block: str, variables: dict[str, str]) -> tuple[str, str, str, dict, str, str]:
    """(variable, field of the answer, method, headers, path, body) of `NAME=$(curl … | jq -r .field)` or `curl …`."""
    for name, value in variables.items():
        block = block.replace(f"${name}", value)
    kept = re.fullmatch(r"(\w+)=\$\((.*) \| jq -r \.(\w+)\)\s*", block, re.S)
    words = shlex.split((kept.group(2) if kept else block).replace("\\\n", " "))
    assert words.pop(0) == "curl"
    method, body, headers, path = "", "", {}, ""
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-d":
            body = words.pop(0)
        elif word == "-H":
            name, _colon, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word != "-s":
            path = word
    name, field = (kept.group(1), kept.group(3)) if kept else ("", "")
    return name, field, method or ("POST" if body else "GET"), headers, path, body


@pytest.mark.parametrize("guide", ["integration.md", "zh-hans/integration.md"])
def test_the_commands_of_the_guide_do_what_it_says(client, platform, drain, monkeypatch, guide):
    monkeypatch.setattr(addresses, "check", lambda url: None)  # its address is an example
    key = make_key(*SCOPES)[1]["Authorization"].removeprefix("Bearer ")
    variables, answers = {"CONSOLE": "", "KEY": key}, []
    for block in blocks(guide):
        name, field, method, headers, path, body = parsed(block, variables)
        if path.endswith("/ship_order/"):
            platform.pay("o-1001")
            client.post("/api/v1/orders/o-1001/refresh_order/", headers=headers)
        response = client.generic(method, path, body.encode(), content_type="application/json", headers=headers)
        assert response.status_code in (200, 201, 202), (path, response.content.decode())
        drain()
        answers.append(response.json())
        if name:
            variables[name] = str(response.json()[field])
    assert len(answers) == 13
    assert platform.order("o-1001").status == 30
    assert (
        client.get(f"/api/v1/aftersales/{variables['AFTERSALE']}/", headers={"Authorization": f"Bearer {key}"}).json()[
            "status"
        ]
        == 4
    )
    assert [event["type"] for event in answers[10]["results"]][-1].startswith("order.")
    assert [order["out_order_id"] for order in answers[11]["results"]] == ["o-1001"]
    assert json.dumps(answers[12]["events"]).count("order.paid") == 1


def test_both_languages_have_the_same_commands():
    assert blocks("integration.md") == blocks("zh-hans/integration.md")


def test_the_examples_of_the_document_are_accepted_as_they_stand(client, platform, monkeypatch):
    key = make_key(*SCOPES)[1]
    document = client.get("/api/v1/schema/?format=json", headers=key).json()
    examples = {
        path: [example["value"] for example in content["examples"].values()]
        for path, methods in document["paths"].items()
        for content in methods.get("post", {}).get("requestBody", {}).get("content", {}).values()
        if "examples" in content
    }
    paid = "/api/v1/orders/{out_order_id}/ship_order/"
    ordered = sorted(examples, key=["/api/v1/orders/", paid, "/api/v1/aftersales/", "/api/v1/webhooks/"].index)
    make_companies()
    for path in ordered:
        for body in examples[path]:
            if path == paid:
                platform.pay("20261125-0001")
                client.post("/api/v1/orders/20261125-0001/refresh_order/", headers=key)
            address = path.replace("{out_order_id}", "20261125-0001")
            response = client.post(address, body, content_type="application/json", headers=key)
            assert response.status_code in (200, 201), (path, response.content.decode())
