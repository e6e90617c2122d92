"""Traces by OpenTelemetry: requests, tasks, calls to WeChat. Off unless TELEMETRY_URL is set."""

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseBase

from wechat.steps import request_ids

# Addresses may name a person, and those of calls have the access token: a span has the route, or the path, instead.
ADDRESSES = ("http.url", "http.target", "url.full", "url.path", "url.query")


def start(exporter: Any = None) -> list[Any]:
    """Trace this process, after it was forked; returns what is traced, so that a test can undo it."""
    if not (settings.TELEMETRY_URL or exporter):
        return []
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.celery import CeleryInstrumentor
        from opentelemetry.instrumentation.django import DjangoInstrumentor
        from opentelemetry.instrumentation.requests import RequestsInstrumentor
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ImproperlyConfigured(
            f"TELEMETRY_URL is set, but {error.name} is not installed: pip install -r requirements/telemetry.in"
        ) from error
    os.environ.setdefault("OTEL_SERVICE_NAME", "trading-console")
    provider = TracerProvider()
    provider.add_span_processor(_with_request_id())
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter(settings.TELEMETRY_URL)))
    hooks: dict[type, dict[str, Any]] = {
        DjangoInstrumentor: {"request_hook": _asked, "response_hook": _answered},
        RequestsInstrumentor: {"request_hook": _called},
        CeleryInstrumentor: {},
    }
    for instrumentor, options in hooks.items():
        instrumentor().instrument(tracer_provider=provider, **options)
    return [provider, *(instrumentor() for instrumentor in hooks)]


def _with_request_id() -> Any:
    """Every span has the request id: it leads from a press to its steps and calls, which another process makes."""
    from opentelemetry.sdk.trace import SpanProcessor

    class WithRequestId(SpanProcessor):
        def on_start(self, span: Any, parent_context: Any = None) -> None:
            span.set_attribute("request_id", request_ids.current() or "-")

    return WithRequestId()


def _say(span: Any, address: str) -> None:
    for name in ADDRESSES:
        if name in (span.attributes or {}):
            span.set_attribute(name, address)


def _asked(span: Any, request: HttpRequest) -> None:
    _say(span, "")


def _answered(span: Any, request: HttpRequest, response: HttpResponseBase) -> None:
    _say(span, f"/{request.resolver_match.route}" if request.resolver_match else "")
    span.set_attribute("request_id", response.headers.get("X-Request-ID", "-"))


def _called(span: Any, request: Any) -> None:
    parts = urlsplit(request.url)
    _say(span, f"{parts.scheme}://{parts.hostname}{parts.path}")
