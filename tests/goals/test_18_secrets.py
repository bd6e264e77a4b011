"""Goal 18: what is secret stays secret: in no answer, metric, log, export, table or file.

Every error path of a real server is tried in tests/stories/test_nothing_leaks.py.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from string import ascii_letters, digits

import httpx2
import pytest
from tests.goals.conftest import connect
from tests.goals.rounds import Rounds

from upspiral.app import App
from upspiral.config import Settings, load
from upspiral.logs import configure
from upspiral.server.app import create_app

OWN_FILES = frozenset({"key", "secret"})
"""Hold the key of the local commands, and the installation's secret: closed to other users."""


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_no_secret_is_found_anywhere(
    fresh_folder: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = Rounds(18, few=1, full=100)
    for number in rounds:
        rng, folder = Random(number), fresh_folder(number)
        secrets = _make_secrets(rng)
        for name in ("CANARY_KEY", "OTHER_KEY"):
            monkeypatch.setenv(name, secrets[name])
        configure(level="DEBUG", file=folder / "logs" / "goal.log")
        try:
            with App(_settings(folder, secrets), nights=False) as app:
                texts = asyncio.run(_use_everything(app, secrets))
                own = (folder / "key").read_text().strip()
        finally:
            configure()
        wanted = [*secrets.values(), own]
        _check(wanted, texts, folder)
        rounds.count("secrets", len(wanted))
        rounds.count("answers read", len(texts))
    rounds.report()


def _make_secrets(rng: Random) -> dict[str, str]:
    """Make secrets as they look: of providers and clouds, of people, of channels."""

    def draw(n: int, letters: str = ascii_letters + digits) -> str:
        return "".join(rng.choices(letters, k=n))

    return {
        "CANARY_KEY": f"sk-{draw(48)}",
        "OTHER_KEY": f"gsk_{draw(52)}",
        "sealed": f"sk-ant-api03-{draw(90)}",
        "slack": f"https://hooks.slack.com/services/T{draw(8, digits)}/B{draw(8, digits)}/{draw(24)}",
        "discord": f"https://discord.com/api/webhooks/{draw(18, digits)}/{draw(68)}",
        "password": draw(24),
        "secret": draw(64),
        "aws": f"AKIA{draw(16, ascii_letters.upper()[26:] + digits)}",
        "github": f"ghp_{draw(36)}",
        "slack token": f"xoxb-{draw(11, digits)}-{draw(11, digits)}-{draw(24)}",
        "stripe": f"sk_live_{draw(24)}",
        "e-mail": f"{draw(12).lower()}@{draw(8).lower()}.example.com",
        "in a name": f"sk-proj-{draw(40)}",
    }


def _settings(folder: Path, secrets: Mapping[str, str]) -> Settings:
    return load(
        data=folder,
        secret=secrets["secret"],
        providers={"keys": {"CANARY_KEY": ["127.0.0.1"]}},
        webhooks={"smtp_host": "127.0.0.1", "smtp_port": 9, "smtp_password": secrets["password"]},
    )


async def _use_everything(app: App, secrets: Mapping[str, str]) -> list[str]:
    """Store, use and misuse the secrets, then read every page and list; give all that was answered."""
    said = "My keys: " + ", ".join(
        secrets[one] for one in ("aws", "github", "slack token", "stripe", "e-mail")
    )
    texts: list[str] = []
    async with connect(app) as client:
        for method, path, body in _requests(secrets, said):
            answer = await client.request(method, path, json=body)
            assert answer.status_code < 500 or "chat" in path, (path, answer.text)
            made_key = path == "/api/v1/keys"  # shown this once
            texts += [] if made_key else [f"{answer.headers} {answer.text}"]
        texts += await _read_everything(app, client)
    return texts


def _requests(secrets: Mapping[str, str], said: str) -> list[tuple[str, str, object]]:
    model = {"model": "openai-compatible:gpt", "url": "http://127.0.0.1:9/v1", "key_env": "CANARY_KEY"}
    asked = [{"role": "user", "content": said}]
    return [
        ("POST", "/api/v1/agents", {"name": "support", "model": model}),
        ("POST", "/api/v1/agents", {"name": "thief", "model": model | {"key_env": "OTHER_KEY"}}),
        ("PUT", "/api/v1/provider-keys/CANARY_KEY", {"key": secrets["sealed"]}),
        ("POST", "/api/v1/webhooks", {"address": secrets["slack"]}),
        ("POST", "/api/v1/webhooks", {"address": secrets["discord"]}),
        ("POST", "/api/v1/keys", {"name": "reader", "scopes": ["read"]}),
        ("POST", "/v1/chat/completions", {"model": "support", "messages": asked}),
        ("POST", "/api/v1/interactions", {
            "agent": "support", "messages": asked, "answer": said, "id": "one",
        }),
        ("POST", "/api/v1/interactions", {"agent": "support", "answer": 7, "messages": said}),
        ("POST", "/api/v1/feedback", {
            "interaction": "one", "thumbs": "down", "comment": said, "correction": said,
        }),
        ("POST", "/api/v1/interactions", {
            "agent": secrets["in a name"], "messages": asked, "answer": "x", "end_user": secrets["e-mail"],
            "metadata": {"note": said, secrets["in a name"]: "x"},
        }),
        ("GET", "/api/v1/nothing", None),
    ]  # fmt: skip


async def _read_everything(app: App, client: httpx2.AsyncClient) -> list[str]:
    paths = sorted({path for method, path in create_app(app).policies if method == "GET"})
    texts = []
    for path in paths:
        answer = await client.get(path.replace("{", "").replace("}", ""))
        assert answer.status_code < 500, (path, answer.text)
        texts.append(f"{answer.headers} {answer.text}")
    return texts


def _check(secrets: list[str], texts: list[str], folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in OWN_FILES]
    assert any(path.name == "goal.log" for path in files)
    content = {path.name: path.read_bytes() for path in files}
    for secret in secrets:
        plain, escaped = secret.encode(), json.dumps(secret)[1:-1].replace("/", "\\/").encode()
        assert [text[:200] for text in texts if secret in text] == []
        assert [name for name, data in content.items() if plain in data or escaped in data] == []
