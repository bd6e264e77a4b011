"""A server that remembers what it was sent, and fails on command."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import httpx2
import pytest

from upspiral.client import Upspiral


class Server:
    """Answers 201 unless told otherwise; keeps every request."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []
        self.answers: list[httpx2.Response | Exception] = []
        """What to answer first, before 201."""
        self.always: Callable[[httpx2.Request], httpx2.Response] | None = None
        self.open = Event()
        """Requests wait while it is not set."""
        self.open.set()

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        self.open.wait(10)
        self.requests.append(request)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return self.always(request) if self.always else httpx2.Response(201, json={})

    @property
    def transport(self) -> httpx2.MockTransport:
        """The way to this server."""
        return httpx2.MockTransport(self)

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """What was sent to a path, request by request."""
        return [json.loads(request.content) for request in self.requests if request.url.path.endswith(path)]

    def got(self, plural: str) -> list[dict[str, Any]]:
        """All interactions, or all feedback, in the order in which they came."""
        return [one for body in self.bodies(f"/api/v1/{plural}") for one in body[plural]]


@pytest.fixture
def server() -> Server:
    """A server."""
    return Server()


@pytest.fixture
def spiral(server: Server) -> Iterator[Upspiral]:
    """A client of it."""
    with Upspiral(key="k", agent="support", transport=server.transport, every_s=0.02) as opened:
        yield opened


TINY_SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(sys.argv[1], "ab") as file:
            file.write(body + b"\\n")
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


class TinyServer:
    """A real server in a process of its own, which takes everything."""

    def __init__(self, url: str, bodies: Path) -> None:
        self.url, self._bodies = url, bodies

    def received(self) -> str:
        """Everything that was posted."""
        return self._bodies.read_text()


@pytest.fixture
def tiny_server(tmp_path: Path) -> Iterator[TinyServer]:
    """A real server on a port of its own."""
    out = tmp_path / "bodies"
    command = [sys.executable, "-c", TINY_SERVER, str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tiny:
        assert tiny.stdout is not None
        try:
            yield TinyServer(f"http://127.0.0.1:{tiny.stdout.readline().strip()}", out)
        finally:
            tiny.terminate()
