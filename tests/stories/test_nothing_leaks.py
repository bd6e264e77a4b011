"""Everything that can go wrong goes wrong; then every log, table and file is searched for what leaked."""

import asyncio
import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import httpx2
import pytest
from tests.conftest import fresh_database

PROGRAM = Path(__file__).parent / "serve_with_faults.py"
WORDS = "zanzibar-okapi"
"""What a user wrote: it belongs into the store, and into no log."""
PERSONAL = ("anna.case@example.com", "4111 1111 1111 1111", "DE89370400440532013000")
"""What is redacted: it belongs nowhere."""
SECRETS = {"CANARY_KEY": "sk-canary-5f1b2c7d9e", "STRIPE_LIVE_KEY": "stripe-canary-7f3a9d"}
MODELS = ("answers", "refuses", "denies", "babbles", "fails", "hangs up")
ASKED = f"{WORDS} said {', '.join(PERSONAL)}"


class Upstream(BaseHTTPRequestHandler):
    """A model's host that fails in every way, and repeats what it was asked, key included."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        model = json.loads(body)["model"]
        echo = f"{body} {self.headers.get('authorization')}"
        status, said = {
            "refuses": (400, json.dumps({"error": {"message": f"cannot: {echo}"}})),
            "denies": (401, json.dumps({"error": {"message": f"bad key {echo}"}})),
            "babbles": (200, echo),
            "fails": (500, echo),
        }.get(model, (200, json.dumps({"choices": [{"message": {"content": f"I heard {ASKED}"}}]})))
        if model == "hangs up":
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("content-length", str(len(said.encode())))
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Server:
    """The server with faults, and what it printed."""

    def __init__(self, folder: Path, database: str | None) -> None:
        self.data, self.log = folder / "data", folder / "printed.log"
        variables = SECRETS | {"UPSPIRAL_PROVIDERS_KEYS": '{"CANARY_KEY": ["127.0.0.1"]}'}
        variables |= {"UPSPIRAL_DATABASE_URL": database} if database else {}
        words = [sys.executable, str(PROGRAM), "serve", "--port", "0", "--data", str(self.data)]
        with self.log.open("wb") as out:
            self._process = subprocess.Popen(
                words, stdout=out, stderr=subprocess.STDOUT, env=dict(os.environ) | variables
            )

    def __enter__(self) -> Self:
        while not (self.data / "server.json").exists():
            assert self._process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        self.port = int(json.loads((self.data / "server.json").read_text())["url"].rpartition(":")[2])
        self.key = (self.data / "key").read_text().strip()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(60)

    def call(self, method: str, path: str, *, key: str | None = None, **more: Any) -> httpx2.Response:
        """Ask for something, as the administrator or with another key."""
        headers = {"authorization": f"Bearer {key or self.key}"} | more.pop("headers", {})
        return httpx2.request(
            method,
            f"http://127.0.0.1:{self.port}{path}",
            headers=headers,
            timeout=120,
            trust_env=False,
            **more,
        )

    def raw(self, text: str) -> None:
        """Send bytes and hang up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as out:
            out.sendall(text.encode())


@pytest.fixture
def upstream() -> Iterator[str]:
    """The address of the failing host."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_no_error_path_leaks_a_key_or_what_users_wrote(
    tmp_path: Path, kind: str, upstream: str, request: pytest.FixtureRequest
) -> None:
    database = fresh_database(request.getfixturevalue("postgres_url")) if kind == "postgres" else None
    with Server(tmp_path, database) as server:
        keys = _make_keys(server)
        statuses = _use_models(server, upstream, keys)
        assert statuses == {
            "answers": 200,
            "refuses": 400,
            "denies": 401,
            "babbles": 502,
            "fails": 502,
            "hangs up": 502,
        }
        _fail_inside(server, keys)
        _break_the_store(server, database)
        _send_nonsense(server, keys)
        time.sleep(2)  # background threads fail too
    _search_logs(tmp_path, [server.key, *keys, *SECRETS.values()])
    _search_store(server.data, database, [server.key, *keys, *SECRETS.values()])


def _make_keys(server: Server) -> list[str]:
    """Make keys with and without an idempotency key, and send the same request again."""
    keys = []
    for scope, headers in (("read", {}), ("operate", {"idempotency-key": "once"}), ("ingest", {})):
        body = {"name": scope, "scopes": [scope]}
        keys.append(server.call("POST", "/api/v1/keys", json=body, headers=headers).json()["key"])
        if headers:
            server.call("POST", "/api/v1/keys", json=body, headers=headers)
    return keys


def _use_models(server: Server, upstream: str, keys: list[str]) -> dict[str, int]:
    statuses = {}
    for model in MODELS:
        name = model.replace(" ", "-")
        where = {"model": f"openai-compatible:{model}", "url": upstream, "key_env": "CANARY_KEY"}
        made = server.call("POST", "/api/v1/agents", json={"name": name, "model": where})
        assert made.status_code == 201, made.text
        stolen = where | {"key_env": "STRIPE_LIVE_KEY"}
        for key in (None, keys[1]):
            refused = server.call("POST", "/api/v1/agents", key=key, json={"name": "s", "model": stolen})
            assert refused.status_code in (403, 422)
        time.sleep(0.5)
        body = {"model": name, "messages": [{"role": "user", "content": ASKED}], "user": PERSONAL[0]}
        answer = server.call("POST", "/v1/chat/completions", key=keys[2], json=body)
        statuses[model] = answer.status_code
        streamed = server.call("POST", "/v1/chat/completions", key=keys[2], json=body | {"stream": True})
        for said in (answer.text, streamed.text) if model not in ("answers", "babbles") else (answer.text,):
            assert SECRETS["CANARY_KEY"] not in said
    return statuses


def _fail_inside(server: Server, keys: list[str]) -> None:
    """Unexpected errors in a route, a routine, a night; feedback that is wrong."""
    assert server.call("GET", "/api/v1/interactions/search", params={"text": ASKED}).status_code == 500
    server.call("POST", "/api/v1/schedules/weaknesses/run")
    server.call("POST", "/api/v1/agents/fails/versions", json={"rules": ["Be brief."]})
    body = {"agent": "fails", "story": "deploy", "version": "2"}  # its model answers no probe
    night = server.call("POST", "/api/v1/cycles", json=body).json()["id"]
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if server.call("GET", f"/api/v1/cycles/{night}").json()["cycle"]["ending"]:
            break
        time.sleep(0.5)
    newest = server.call("GET", "/api/v1/interactions?limit=1").json()["items"][0]["id"]
    for about in (newest, f"{WORDS}-none"):
        said = {"interaction": about, "thumbs": "down", "comment": ASKED}
        server.call("POST", "/api/v1/feedback", json=said, headers={"idempotency-key": f"k{about}"})
    server.call("GET", f"/api/v1/raters/{WORDS}", key=keys[0])


def _break_the_store(server: Server, database: str | None) -> None:
    """Writing and reading fail inside the database, with parameters that users wrote."""
    _alter(server.data, database, "ALTER TABLE feedback RENAME TO feedback_away")
    newest = server.call("GET", "/api/v1/interactions?limit=1").json()["items"][0]["id"]
    said = {"interaction": newest, "thumbs": "up", "comment": ASKED}
    assert server.call("POST", "/api/v1/feedback", json=said).status_code >= 500
    _alter(server.data, database, "ALTER TABLE feedback_away RENAME TO feedback")


def _alter(data: Path, database: str | None, statement: str) -> None:
    if database:
        import psycopg

        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(statement.encode())
        return
    with contextlib.closing(sqlite3.connect(data / "upspiral.db", timeout=60)) as connection:
        connection.execute(statement)
        connection.commit()


def _send_nonsense(server: Server, keys: list[str]) -> None:
    """Wrong keys, no HTTP, foreign names, half bodies and callers who hang up."""
    for key in ("nonsense", keys[0][:-1] + "x", keys[0] + " " + keys[1]):
        server.call("GET", "/api/v1/agents", key=key)
    bodies = (
        '{"model": "answers", "messages": "' + WORDS,
        "\x00",
        "[" * 50_000,
        json.dumps({"model": ASKED}),
    )
    for body in bodies:
        for path in ("/v1/chat/completions", "/v1/responses", "/v1/messages", "/api/v1/interactions"):
            server.call("POST", path, content=body.encode(), headers={"content-type": "application/json"})
    server.call("GET", "/health", headers={"host": f"{WORDS}.example"})
    head = f"Authorization: Bearer {server.key}\r\nContent-Type: application/json\r\n"
    for path in ("/v1/chat/completions", "/api/v1/interactions", "/v1/traces"):
        server.raw(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}Content-Length: 999\r\n\r\n{{{ASKED}")
    server.raw(f"{WORDS} {server.key}\r\n\r\n")
    server.raw(f"GET /{WORDS} HTTP/9.9\r\n{head}\r\n")
    asyncio.run(_hang_up(server))


async def _hang_up(server: Server) -> None:
    """Leave while an answer is under way."""
    body = json.dumps({"model": "answers", "stream": True, "messages": [{"role": "user", "content": ASKED}]})
    for _ in range(3):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {server.key}\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"POST /v1/chat/completions HTTP/1.1\r\n{head}\r\n{body}".encode())
        await writer.drain()
        writer.close()


def _search_logs(folder: Path, secrets: list[str]) -> None:
    logs = [folder / "printed.log", *folder.rglob("*.log")]
    said = "\n".join(log.read_text(errors="replace") for log in logs)
    assert "request failed" in said, said  # the log does tell of the errors
    assert "step failed" in said, said
    for hidden in (WORDS, *PERSONAL, *secrets, "authorization", "INSERT INTO", "SELECT "):
        assert hidden.lower() not in said.lower(), hidden
    assert "ValueError" in said
    assert "KeyError" in said
    unexpected = [line for line in said.splitlines() if "request failed" in line]
    assert [line for line in unexpected if "route=/v1/" in line] == []  # a caller who hangs up is none


def _search_store(data: Path, database: str | None, secrets: list[str]) -> None:
    holding = b"".join(file.read_bytes() for file in data.rglob("*") if file.is_file() and file.name != "key")
    if database:
        holding += _rows(database).encode()
    assert WORDS.encode() in holding  # it was written down
    for hidden in (*PERSONAL, *secrets):
        assert hidden.encode() not in holding, hidden


def _rows(database: str) -> str:
    """Give every row of every table of a PostgreSQL database, as text."""
    import psycopg
    from psycopg import sql

    found = []
    with psycopg.connect(database) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            query = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(schema, table))
            found += [str(row[0]) for row in connection.execute(query)]
    return "\n".join(found)
