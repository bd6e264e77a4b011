"""An assistant in a page: the key stays on this server, and the page gets a token for each answer.

UPSPIRAL_FEEDBACK_ORIGINS='["http://127.0.0.1:8000"]' upspiral serve
UPSPIRAL_KEY=... python examples/feedback_component/chat.py [PORT] [FOLDER]

FOLDER holds page.html and chat.js: those beside this file, or what was built from react/.
"""

import json
import os
import secrets
import sys
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2

FOLDER = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent
UPSPIRAL = os.environ.get("UPSPIRAL_URL", "http://127.0.0.1:8080")
AGENT = os.environ.get("AGENT", "support")
MAX_QUESTION_BYTES = 10_000
PAGES = {"/": ("page.html", "text/html"), "/chat.js": ("chat.js", "text/javascript")}
POLICY = f"default-src 'none'; script-src 'self' {UPSPIRAL}; connect-src 'self' {UPSPIRAL}; img-src data:"
gateway = httpx2.Client(
    base_url=UPSPIRAL,
    headers={"authorization": f"Bearer {os.environ['UPSPIRAL_KEY']}"},
    timeout=60,
    trust_env=False,
)


def answer(question: str, visitor: str) -> dict[str, str]:
    """Ask the agent; give what the page needs: the answer, its id, and the token to rate it."""
    said = gateway.post(
        "/v1/chat/completions",
        json={"model": AGENT, "messages": [{"role": "user", "content": question}], "user": visitor},
    ).raise_for_status()
    return {
        "responseId": said.headers["x-upspiral-interaction"],
        "token": said.headers["x-upspiral-feedback-token"],
        "response": said.json()["choices"][0]["message"]["content"],
        "modelId": AGENT,
        "query": question,
    }


class Chat(BaseHTTPRequestHandler):
    """Sends the page, and answers its questions."""

    def do_GET(self) -> None:
        """Send the page or its script."""
        if self.path not in PAGES:
            self.send_error(404)
            return
        name, media_type = PAGES[self.path]
        self.send_body((FOLDER / name).read_text().replace("UPSPIRAL", UPSPIRAL), media_type)

    def do_POST(self) -> None:
        """Answer a question."""
        length = int(self.headers.get("content-length", 0))
        if self.path != "/ask" or not 0 < length <= MAX_QUESTION_BYTES:
            self.send_error(404)
            return
        question = json.loads(self.rfile.read(length))["question"]
        self.send_body(json.dumps(answer(question, self.visitor())), "application/json")

    def visitor(self) -> str:
        """Say who asks: a name in a cookie, which the page itself cannot read."""
        known = SimpleCookie(self.headers.get("cookie", "")).get("visitor")
        return known.value if known else secrets.token_hex(8)

    def send_body(self, text: str, media_type: str) -> None:
        """Answer with a text."""
        self.send_response(200)
        self.send_header("content-type", f"{media_type}; charset=utf-8")
        self.send_header("content-security-policy", POLICY)
        self.send_header("set-cookie", f"visitor={self.visitor()}; HttpOnly; SameSite=Strict; Path=/")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    with ThreadingHTTPServer(("127.0.0.1", port), Chat) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
