"""A server that is sent notifications: it keeps them, and answers as a test tells it."""

import json
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self


class Received(NamedTuple):
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """What it says."""
        return json.loads(self.body)


class Receiver:
    """An HTTP server in a thread of this process, as a context manager.

    Args:
        statuses: Of the answers in turn; the last one stays.
        headers: Of every answer.
    """

    def __init__(self, statuses: Sequence[int] = (204,), headers: dict[str, str] | None = None) -> None:
        self.received: list[Received] = []
        self.statuses = list(statuses)
        self.hold = threading.Event()
        """While it is clear, requests are kept waiting."""
        self.hold.set()
        outer, more = self, headers or {}

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                said = {name.lower(): value for name, value in self.headers.items()}
                outer.received.append(Received(self.path, said, body))
                outer.hold.wait(60)
                status = outer.statuses.pop(0) if len(outer.statuses) > 1 else outer.statuses[0]
                self.send_response(status)
                for name, value in {"content-length": "0", **more}.items():
                    self.send_header(name, value)
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
