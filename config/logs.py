"""The form of the log: lines for people, or one JSON object a line for programs (LOG_FORMAT)."""

import json
import logging
from datetime import UTC, datetime

from wechat.steps import request_ids


class WithRequestId(logging.Filter):
    """Adds the request id to every record, "-" where there is none; to Celery's own of a task the task's id."""

    def filter(self, record: logging.LogRecord) -> bool:
        data = getattr(record, "data", None)
        of_task = data.get("id") if isinstance(data, dict) else None
        record.request_id = request_ids.current() or of_task or "-"
        return True


class JSONLines(logging.Formatter):
    """One object a line: time (UTC), level, logger, message, request_id; `facts` of the record, and an exception."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", "-"),
            "process": record.process,
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
