"""The demo of `make run`: its settings are stored in .demo.json, and commands in another terminal use them.

This module is also used before Django is set up.
"""

import json
import os
import re
import secrets
import string
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
ALPHABET = string.ascii_letters + string.digits
# Where one of these is set, or any of the mini program (WECHAT_…), a command has settings of its own.
OWN = {"DATABASE_URL", "SANDBOX_DATABASE_URL", "VAR_DIR", "SECRET_KEY", "FIELD_KEYS"}


def read() -> dict:
    """What the last `make run` stored; empty where there is none, or none that can be read."""
    try:
        demo = json.loads(_path().read_text())
    except (OSError, ValueError):
        return {}
    return demo if isinstance(demo, dict) else {}


def write(url: str, appid: str = "", callbacks: str = "") -> dict:
    """Store what the demo uses from now on: what it has, `appid` if the data belong to one, the rest made anew.

    `callbacks` is the address of the process for WeChat's messages.
    """
    demo = {
        "username": "owner",
        "password": os.environ.get("DEMO_PASSWORD") or "-".join(secrets.token_hex(2) for _part in range(3)),
        "appid": f"wx{secrets.token_hex(8)}",
        "secret": secrets.token_hex(16),
        "token": "".join(secrets.choice(ALPHABET) for _letter in range(16)),
        "aes_key": "".join(secrets.choice(ALPHABET) for _letter in range(42)) + "A",
        **read(),
        "url": url,
    }
    demo["appid"] = appid or demo["appid"]
    demo["environment"] = _environment(demo, callbacks or url)
    path = _path()
    path.touch(0o600)
    path.chmod(0o600)
    path.write_text(json.dumps(demo, indent=2) + "\n")
    return demo


def adopt() -> None:
    """Let this process use the demo, if there is one and the process has no settings of its own; says so on stderr."""
    environment = {} if _has_own_settings() else read().get("environment")
    if environment:
        os.environ.update({**environment, **os.environ})
        sys.stderr.write(f"Using the demo of `make run`: {environment['WECHAT_APPID']} in its sandbox\n")


def _path() -> Path:
    return Path(os.environ.get("DEMO_FILE") or CHECKOUT / ".demo.json")


def _has_own_settings() -> bool:
    if os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings") != "config.settings":
        return True
    return (CHECKOUT / ".env").exists() or any(name in OWN or name.startswith("WECHAT_") for name in os.environ)


def _environment(demo: dict, callbacks: str) -> dict[str, str]:
    """The variables of all the demo's processes: those that `make run` was given, and those of the sandbox."""
    names = re.findall(r"^#?([A-Z][A-Z_]+)=", (CHECKOUT / ".env.example").read_text(), re.M)
    return {
        **{name: os.environ[name] for name in names if name in os.environ},
        "DEBUG": "on",
        "PLAIN_ERRORS": "on",
        "WECHAT_SANDBOX": "on",
        "WECHAT_APPID": demo["appid"],
        "WECHAT_SECRET": demo["secret"],
        "WECHAT_TOKEN": demo["token"],
        "WECHAT_AES_KEY": demo["aes_key"],
        "WECHAT_API_BASE": f"{demo['url']}/sandbox",
        "WECHAT_CALLBACK_URL": f"{callbacks}/wechat/callback/",
    }
