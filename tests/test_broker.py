"""The broker in a folder, which a fresh clone starts with."""

from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection, Queue

from config import celery_options


def test_processes_that_start_at_once_find_whole_tables_of_bindings(tmp_path):
    options = celery_options._transport("filesystem://", tmp_path)
    table = tmp_path / "control" / "schedule.exchange"
    assert table.read_text() == "[]"
    with Connection("filesystem://", transport_options=options) as broker:
        Queue("press", exchange="schedule", routing_key="press", channel=broker.channel()).declare()
    bound = table.read_text()
    assert "press" in bound
    celery_options._transport("filesystem://", tmp_path)  # whoever starts later
    assert table.read_text() == bound
    assert not list(tmp_path.glob("control/tmp*"))


def test_a_message_is_taken_only_once_it_is_whole(tmp_path, monkeypatch):
    options = celery_options._transport("filesystem://", tmp_path)
    write = Path.write_text
    with Connection("filesystem://", transport_options=options) as broker:
        channel = broker.channel()

        def in_two_parts(path: Path, text: str) -> int:
            write(path, text[:5])
            with pytest.raises(Empty):
                channel._get("press")
            return write(path, text)

        monkeypatch.setattr(Path, "write_text", in_two_parts)
        channel._put("press", {"body": "x"})
        assert channel._get("press") == {"body": "x"}
