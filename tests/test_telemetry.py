"""Traces by OpenTelemetry: what a press does, found by its request id; no address of a person, no token."""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from config import telemetry
from tests.catalog.test_products import on_sale
from tests.factories import make_key


@pytest.fixture
def spans():
    """What was traced, as it is sent."""
    reason = "requirements/telemetry.in is not installed"
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter", reason=reason)
    pytest.importorskip("opentelemetry.instrumentation.django", reason=reason)
    exporter = memory.InMemorySpanExporter()
    provider, *traced = telemetry.start(exporter)

    def ended():
        provider.force_flush()
        return [json.loads(span.to_json()) for span in exporter.get_finished_spans()]

    yield ended
    for one in traced:
        one.uninstrument()
    provider.shutdown()


def test_a_press_is_traced_to_its_calls_and_names_no_person_and_no_token(platform, drain, spans):
    spu = on_sale(platform)
    headers = {**make_key("products")[1], "X-Request-ID": "press-1"}
    url = f"/api/v1/products/{spu.pk}/refresh_spu/?note=secret-of-a-person"
    assert Client().post(url, headers=headers).status_code == 202
    drain()
    of_press = [span for span in spans() if span["attributes"].get("request_id") == "press-1"]
    names = {span["attributes"].get("http.url") or span["attributes"].get("url.full") for span in of_press}
    assert "http://testserver/sandbox/shop/spu/get" in names
    assert any(span["name"].startswith("POST api/v1/products/") for span in of_press)
    assert "secret-of-a-person" not in json.dumps(spans()) and "access_token" not in json.dumps(spans())


def test_nothing_is_traced_unless_it_is_asked_for(settings):
    assert telemetry.start() == []


def test_it_is_said_what_is_not_installed(settings, monkeypatch):
    settings.TELEMETRY_URL = "http://collector:4318/v1/traces"
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ImproperlyConfigured, match=r"pip install -r requirements/telemetry\.in"):
        telemetry.start()
