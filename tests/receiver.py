"""Another system that receives webhooks, on this machine."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook


class Receiver:
    """Keeps what it was sent, and answers with `status` after `wait` seconds."""

    def __init__(self):
        self.requests: list[tuple[dict, str]] = []
        self.status, self.wait, self.location, self.answer = 200, 0.0, "", "ok"
        self.refuses: set[str] = set()  # types
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                time.sleep(receiver.wait)
                receiver.requests.append((dict(self.headers), body))
                status = 500 if any(f'"{name}"' in body for name in receiver.refuses) else receiver.status
                self.send_response(status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", str(len(receiver.answer)))
                self.end_headers()
                self.wfile.write(receiver.answer.encode())

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def verified(self, secret: str) -> list[dict]:
        """What arrived, each verified by its signature."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.requests]

    @property
    def ids(self) -> list[str]:
        return [
            {name.lower(): value for name, value in headers.items()}["webhook-id"] for headers, _body in self.requests
        ]
