"""LOG_FORMAT=json: whatever real processes write is a JSON object a line, and a press is found by its request id."""

import json

import pytest
import requests

from tests.catalog.test_products import on_sale
from tests.factories import make_key
from tests.processes import until
from tests.test_kills import worker
from walkthrough.server import free_port
from wechat.models import Call, Step

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def test_a_press_is_followed_through_job_step_and_call_in_the_lines_of_all_processes(
    start, platform, tmp_path, monkeypatch
):
    monkeypatch.setenv("LOG_FORMAT", "json")
    spu = on_sale(platform)
    headers = {**make_key("products")[1], "X-Request-ID": "press-1"}
    address = f"127.0.0.1:{free_port()}"
    start("gunicorn", "config.wsgi", "-k", "gthread", "-w", "1", "-b", address, "--no-control-socket")
    worker(start, level="INFO")
    url = f"http://{address}/api/v1/products/{spu.pk}/refresh_spu/"
    asked = until(lambda: _posted(url, headers), 60, "the web answers")
    assert (asked.status_code, asked.headers["X-Request-ID"]) == (202, "press-1")
    step = until(lambda: Step.objects.filter(request_id="press-1", state="done").first(), 60, "the worker has read it")
    assert set(Call.objects.filter(step=step).values_list("request_id", flat=True)) == {"press-1"}

    until(lambda: "succeeded in" in (tmp_path / "1.log").read_text(), 20, "the task has ended")
    web, worked = (_lines(tmp_path / f"{nth}.log") for nth in range(2))
    assert {line["logger"] for line in web} == {"gunicorn.error", "console.requests"}
    assert any(line["message"].startswith("Listening at") for line in web)
    pressed = [line for line in web if line["request_id"] == "press-1"]
    assert [(line["status"], line["method"]) for line in pressed] == [(202, "POST")]
    called = [line for line in worked if line["request_id"] == "press-1"]
    assert ("wechat.calls", "/shop/spu/get") in [(line["logger"], line.get("endpoint")) for line in called]
    tasks = [line for line in worked if "work_small_job" in line["message"]]
    assert {line["logger"] for line in tasks} == {"celery.worker.strategy", "celery.app.trace"}
    assert all(line["request_id"] in line["message"] for line in tasks)  # the task's own id


def _posted(url: str, headers: dict) -> requests.Response | None:
    try:
        return requests.post(url, json={}, headers=headers, timeout=20)
    except requests.ConnectionError:
        return None


def _lines(path) -> list[dict]:
    """What a process logged; Celery's warning of root and its banner are printed, not logged."""
    text = path.read_text()
    lines = [line for line in text.splitlines() if line.startswith("{")]
    assert lines, text
    others = [line for line in text.splitlines() if line and not line.startswith(("{", " ", "[", "-", "*"))]
    assert [line for line in others if " INFO" in line or " WARNING" in line or "[INFO]" in line] == []
    return [json.loads(line) for line in lines]
