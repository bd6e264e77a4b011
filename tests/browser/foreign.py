"""An application of somebody else: pages on an origin of its own, with the feedback component of a server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Protocol

import httpx2

from upspiral.testing.site import Site

TYPES = {".css": "text/css", ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
POLICY = (
    "default-src 'none'; script-src 'self' {server}; connect-src {server}; img-src data:; style-src 'self'"
)
"""As strict as an application's own may be: no script or style within the page, nothing of other hosts."""


LOOK = """
:root { color-scheme: light dark }
html { background: light-dark(#ffffff, #14171a); color: light-dark(#1f2328, #e6e8eb) }
body { font: 16px/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 40rem; padding-inline: 1rem }
hr { border: 0; margin: 1rem }
"""


class UpspiralServer(Protocol):
    """A server of Upspiral that runs somewhere."""

    url: str

    def client(self) -> httpx2.Client:
        """Give a client of the REST API."""


class Shop:
    """Serves pages from memory, on an origin that the server of Upspiral knows."""

    def __init__(self) -> None:
        self.files = {"/shop.css": LOOK}
        self.policy = ""
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = shop.files.get(self.path.partition("?")[0])
                body = (found or "").encode()
                self.send_response(404 if found is None else 200)
                self.send_header("content-type", TYPES.get(Path(self.path).suffix, TYPES[".html"]))
                self.send_header("content-security-policy", shop.policy)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def serving(self) -> Iterator["Shop"]:
        """Serve until the end of the block."""
        thread = Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        yield self
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def open_shop(data: Path) -> Iterator[tuple[Site, Shop]]:
    """Start a server of Upspiral, and an application whose pages may give feedback to it."""
    shop = Shop()
    data.mkdir(parents=True, exist_ok=True)
    (data / "upspiral.toml").write_text(f"[feedback]\norigins = {json.dumps([shop.url])}\n")
    with shop.serving(), Site(data) as site:
        shop.policy = POLICY.format(server=site.url)
        yield site, shop


def write_page(site: UpspiralServer, body: str, *, head: str = "", html: str = 'lang="en"') -> str:
    """Write a page that loads the component and holds some elements."""
    return f"""<!doctype html>
<html {html}><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><link rel="stylesheet" href="/shop.css"><title>A shop</title>
<script type="module" src="{site.url}/component/feedback.js"></script>{head}</head>
<body><main><h1>A shop</h1>{body}</main></body></html>"""


def record_answer(site: UpspiralServer, ident: str, **more: object) -> None:
    """Record an answer of the shop's assistant, as its server would."""
    said: dict[str, object] = {"id": ident, "agent": "support", "answer": "It left this morning."}
    said |= {"messages": [{"role": "user", "content": "Where is my parcel?"}], **more}
    with site.client() as rest:
        assert rest.post("/api/v1/interactions", json=said).status_code == 201


def ask_token(site: UpspiralServer, ident: str, **more: object) -> str:
    """Ask for the token of an answer, as the shop's server would."""
    with site.client() as rest:
        made = rest.post("/api/v1/feedback-tokens", json={"interaction": ident, **more})
    assert made.status_code == 201, made.text
    return str(made.json()["token"])


def list_feedback(site: UpspiralServer, ident: str) -> list[dict[str, Any]]:
    """Give what was said of an answer, newest first."""
    with site.client() as rest:
        found = rest.get("/api/v1/feedback", params={"interaction": ident}).json()["items"]
    return list(found)
