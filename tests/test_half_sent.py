"""Requests of which only half is sent: they occupy nothing, in the demo and behind the proxies of deploy/."""

import re
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import contextmanager

import pytest
import requests

from config.management.commands.run import server
from tests.processes import ROOT, callbacks_server, kill, serving, until, web_server
from tests.servers import listens
from tests.test_kills import push
from walkthrough.server import free_port
from wechat.models import Callback

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
HEAD = b"POST /wechat/callback/ HTTP/1.1\r\nHost: localhost\r\n"
BODY = HEAD + b"Content-Type: text/xml\r\nContent-Length: 500\r\n\r\n<xml>"
HALVES = [b"P", HEAD, BODY, b"GET /healthz HTTP/1.1\r\nHost: local"]


@contextmanager
def half_sent(port: int, count: int = 64, wrapped=None):
    """So many connections, each with a part of a request."""
    opened = []
    try:
        for number in range(count):
            connection = socket.create_connection(("127.0.0.1", port), timeout=5)
            connection = wrapped(connection) if wrapped else connection
            connection.sendall(HALVES[number % len(HALVES)])
            opened.append(connection)
        time.sleep(0.3)
        yield
    finally:
        for connection in opened:
            connection.close()


def answers_go_on(url: str, callbacks: str) -> None:
    for number in range(5):
        began = time.monotonic()
        assert push(f"{callbacks}/wechat/callback/", number).text == "success"
        assert requests.get(f"{url}/healthz", timeout=5).text == "alive"
        assert time.monotonic() - began < 2.5
    assert Callback.objects.count() == 5


@pytest.mark.parametrize("application", ["config.wsgi", "config.wsgi_callbacks"])
def test_the_demos_servers_go_on_while_64_requests_are_half_sent(application):
    port = free_port()
    with serving(server(application, "127.0.0.1", port, threads=4), port) as (_process, url), half_sent(port):
        answers_go_on(url, url)


def installed(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if not found:
        pytest.skip(f"{name} is not installed, so its example is not tried (apt-get install {name})")
    return str(found)


@contextmanager
def nginx(folder, web: str, callbacks: str):
    """The example with our addresses, a port, and a certificate that nobody signed; gives its port."""
    port, text = free_port(), (ROOT / "deploy" / "nginx.conf").read_text()
    certificate, key = folder / "fullchain.pem", folder / "privkey.pem"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    command = [*make.split(), "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    text = re.sub(r"server \{\s+listen 80;.*?\n\}\n", "", text, flags=re.DOTALL)
    for old, new in {
        "127.0.0.1:8000": web.removeprefix("http://"),
        "127.0.0.1:8001": callbacks.removeprefix("http://"),
        "listen 443": f"listen 127.0.0.1:{port}",
        "/etc/ssl/console": str(folder),
        "console.example.com": "localhost",
    }.items():
        assert old in text
        text = text.replace(old, new)
    kept = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(f"events {{}} http {{ access_log off; {kept} {text} }}")
    command = [installed("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    options = f"daemon off; pid {folder}/nginx.pid;" + ("user root;" if folder.owner() == "root" else "")
    subprocess.run([*command, "-t", "-g", options], check=True)
    process = subprocess.Popen([*command, "-g", options], start_new_session=True)
    try:
        until(lambda: listens(port), 10, "nginx listens")
        yield port
    finally:
        kill(process)


def test_behind_nginx_half_sent_requests_do_not_reach_the_processes(tmp_path, monkeypatch):
    installed("nginx")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "fullchain.pem"))
    more = {"BEHIND_PROXY": "on", "TRUSTED_PROXIES": "1"}
    with (
        web_server(2, **more) as (_web, web),
        callbacks_server(2, **more) as (_own, callbacks),
        nginx(tmp_path, web, callbacks) as port,
    ):
        trusting = ssl.create_default_context(cafile=tmp_path / "fullchain.pem")
        with half_sent(port, wrapped=lambda one: trusting.wrap_socket(one, server_hostname="localhost")):
            answers_go_on(f"https://localhost:{port}", f"https://localhost:{port}")


def test_caddy_accepts_its_example(tmp_path):
    command = [installed("caddy"), "validate", "--adapter", "caddyfile", "--config", str(ROOT / "deploy" / "Caddyfile")]
    done = subprocess.run(command, env={"HOME": str(tmp_path)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
