"""A machine for the guides of `docs/`: their blocks run in a shell, with paths and system programs of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.processes import ROOT

BLOCK = re.compile(r"```sh\n(.*?)```", re.S)
# What belongs to the machine is only noted; whatever is the console's runs.
NOTED = ("apt-get", "adduser", "systemctl", "chown")
STUBS = {
    **dict.fromkeys(NOTED, 'echo "$(basename $0) $*" >> "$MACHINE/noted"'),
    "git": 'echo "git $*" >> "$MACHINE/noted"\n[ "$1" != clone ] || cp -r "$2" "$3"',
    "install": """words=""
while [ $# -gt 0 ]; do case "$1" in -o|-g) shift 2;; *) words="$words $1"; shift;; esac; done
exec /usr/bin/install $words""",
    "su": """user=$1; shift; [ "$1" != -s ] || shift 2
case "$user: $2" in
  postgres:*) echo "su postgres $2" >> "$MACHINE/noted";;
  *createsuperuser*) exec sh -ec "$2 --noinput";;
  *) exec sh -ec "$2";;
esac""",
    "curl": 'for word in "$@"; do url=$word; done; exec /usr/bin/curl -fsS "$WEB/$(basename "$url")"',
    "python3": f"""[ "$1 $2" != "-m venv" ] || {{ mkdir -p "$3/bin"; for name in python pip gunicorn celery; do
  printf '#!/bin/sh\\nexec {sys.prefix}/bin/%s "$@"\\n' $name > "$3/bin/$name"; chmod +x "$3/bin/$name"; done
  printf '#!/bin/sh\\n[ -f "$4" ]\\n' > "$3/bin/pip"; exit; }}
exec {sys.executable} "$@\"""",
}


class Machine:
    """Folders in place of /srv, /var and /etc; `environment` is what the shell of its operator has."""

    def __init__(self, folder: Path, web: int, callbacks: int, **environment: str) -> None:
        self.folder, self.ports = folder, {"8000": str(web), "8001": str(callbacks)}
        for name in ("bin", "srv", "var/lib", "var/backups", "etc/systemd/system", "etc/caddy"):
            (folder / name).mkdir(parents=True)
        for name, text in STUBS.items():
            path = folder / "bin" / name
            path.write_text(f"#!/bin/sh\n{text}\n")
            path.chmod(0o755)
        self._keep_source(folder / "source")
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "TZ") if name in os.environ}
        self.environment = {
            **kept,
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "MACHINE": str(folder),
            "WEB": f"http://localhost:{web}",
            "REPOSITORY": str(folder / "source"),
            "PYTHONWARNINGS": "ignore",
            **environment,
        }

    @property
    def checkout(self) -> Path:
        return self.folder / "srv/console"

    @property
    def noted(self) -> list[str]:
        return (self.folder / "noted").read_text().splitlines()

    def here(self, text: str) -> str:
        """The text with this machine's paths and ports."""
        text = re.sub(r"/(srv|var/lib|var/backups)/console", rf"{self.folder}/\1/console", text)
        text = re.sub(r"/etc/(systemd|caddy)/", rf"{self.folder}/etc/\1/", text)
        return re.sub(r"127\.0\.0\.1:(800[01])", lambda found: f"127.0.0.1:{self.ports[found[1]]}", text)

    def run(self, block: str) -> str:
        """Run a block of a guide as it stands there, but for paths; every command of it has to succeed."""
        done = subprocess.run(
            ["bash", "-euc", self.here(block)],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        return done.stdout + done.stderr

    def configure(self, **values: str) -> None:
        """Fill in .env by hand."""
        path = self.checkout / ".env"
        text = path.read_text()
        for name, value in values.items():
            text, found = re.subn(rf"^{name}=.*$", f"{name}={value}".replace("\\", r"\\"), text, flags=re.M)
            text += "" if found else f"{name}={value}\n"
        path.write_text(text)

    def start(self, unit: str) -> subprocess.Popen:
        """Start the process of a unit, as systemd would."""
        unit_text = (self.folder / f"etc/systemd/system/{unit}.service").read_text()
        command = re.search(r"^ExecStart=(.*)$", unit_text, re.M)
        assert command
        log = (self.folder / f"{unit}.log").open("w")
        return subprocess.Popen(
            command[1].replace("%%", "%").split(),
            env=self.environment,
            cwd=self.checkout,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def _keep_source(self, source: Path) -> None:
        """The repository's files with this machine's paths in those that are installed."""
        listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
        for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split():
            if name.startswith("tests/") or not (ROOT / name).is_file():
                continue
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, source / name)
        for path in (source / "deploy").rglob("*"):
            if path.is_file():
                path.write_text(self.here(path.read_text()))


def blocks(guide: str) -> list[str]:
    return BLOCK.findall((ROOT / "docs" / guide).read_text(encoding="utf-8"))
