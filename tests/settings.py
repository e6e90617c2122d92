"""Settings for the tests: the sandbox on, nothing waited for, the broker in memory."""

import os
import tempfile

for _name, _value in {
    "DEBUG": "off",
    "WECHAT_SANDBOX": "on",
    "WECHAT_APPID": "wxtest0000000001",
    "WECHAT_SECRET": "not-a-secret-0000000000000000000",
    "WECHAT_TOKEN": "testtoken",
    "WECHAT_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "WECHAT_API_BASE": "http://testserver/sandbox",
    "WECHAT_CALLBACK_URL": "http://testserver/wechat/callback/",
    "CELERY_BROKER_URL": "memory://",
    "LANGUAGE_CODE": "en",
    "JOB_WAIT": "0",
    "MENU_FRESH": "3600",
    "WEB_CALLS": "64",
}.items():
    os.environ.setdefault(_name, _value)
if "VAR_DIR" not in os.environ:
    # Kept by the process that made it, for all that it starts; gone when it ends.
    _var = tempfile.TemporaryDirectory(prefix="console-tests-", ignore_cleanup_errors=True)
    os.environ["VAR_DIR"] = _var.name
TESTING = True

from config.settings import *  # noqa: E402, F403
from config.settings import CELERY_BROKER_URL, DATABASES, STORAGES, VAR  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
# Files, not memory: threads and processes must see the same rows. What is written need not outlive a power cut, and a
# disk that is busy for a while holds no lock.
for _alias, _database in DATABASES.items():
    if _database["ENGINE"].endswith("sqlite3"):
        _database["TEST"] = {"NAME": str(VAR / f"test-{_alias}.sqlite3")}
        _database["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"
    _database["CONN_MAX_AGE"] = 0

if CELERY_BROKER_URL.startswith("redis"):
    # Each of pytest's processes rings in a Redis database of its own.
    _worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    CELERY_BROKER_URL = f"{CELERY_BROKER_URL.rpartition('/')[0]}/{int(_worker) + 1}"
