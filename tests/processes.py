"""Real processes beside the test, on the test's own databases."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connections

ROOT = Path(__file__).resolve().parent.parent


def database_url(alias: str) -> str:
    known = connections[alias].settings_dict
    if known["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{known['NAME']}"
    host = known["HOST"] or "127.0.0.1"
    return f"postgres://{known['USER']}:{known['PASSWORD']}@{host}:{known['PORT'] or 5432}/{known['NAME']}"


def environment(url: str, **more: str) -> dict[str, str]:
    """What a process of its own needs to meet this test's databases and its live server."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database_url("default"),
        "SANDBOX_DATABASE_URL": database_url("sandbox"),
        "WECHAT_API_BASE": f"{url}/sandbox",
        "WECHAT_CALLBACK_URL": f"{url}/wechat/callback/",
        "VAR_DIR": str(settings.VAR),
        "PYTHONWARNINGS": "ignore",
        **more,
    }


def python(code: str, env: dict[str, str]) -> subprocess.Popen:
    """Start a Python with Django set up; its output is piped."""
    code = f"import django; django.setup()\n{code}"
    return subprocess.Popen(
        [sys.executable, "-c", code], env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
