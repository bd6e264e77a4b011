"""Can nights teach an agent? Said when it is made."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from upspiral.app import App
from upspiral.config import load
from upspiral.server.app import create_app

MODEL = Path(__file__).parents[3] / "examples/support_desk/model"

HOSTED = {"model": "openai-compatible:gpt-x", "url": "http://127.0.0.1:9/v1"}


async def _create(app: App, **body: object) -> httpx2.Response:
    key = (app.settings.data / "key").read_text().strip()
    transport = httpx2.ASGITransport(create_app(app))
    mine = {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=mine) as api:
        made = await api.post("/api/v1/agents", json={"name": "support", **body})
        if made.status_code == 201:
            [listed] = (await api.get("/api/v1/agents")).json()["items"]
            for field in ("warnings", "can_answer", "can_be_taught"):
                assert listed[field] == made.json()[field]
    return made


@pytest.mark.anyio
async def test_an_agent_that_nights_cannot_teach_is_told_so_when_it_is_made(data: Path) -> None:
    with App(load(data=data, levers={"enabled": ("adapter",)})) as app:
        made = (await _create(app, model=HOSTED)).json()
    assert (made["can_answer"], made["can_be_taught"]) == (True, False)
    assert "answers through openai-compatible" in made["warnings"][0]


@pytest.mark.anyio
async def test_a_hosted_agent_can_be_helped_by_what_needs_no_training(data: Path) -> None:
    with App(load(data=data)) as app:
        made = (await _create(app, model=HOSTED)).json()
    assert (made["can_answer"], made["can_be_taught"], made["warnings"]) == (True, True, [])


@pytest.mark.anyio
async def test_a_key_that_is_not_set_is_told_for_the_model_and_for_the_teacher(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    keyed = {**HOSTED, "key_env": "NO_SUCH_KEY"}
    declared = {"keys": {"NO_SUCH_KEY": (urlsplit(HOSTED["url"]).hostname,)}}
    with App(load(data=data, providers=declared)) as app:
        made = (await _create(app, model={"model": f"local:{MODEL}"}, teacher=keyed)).json()
    assert (made["can_answer"], made["can_be_taught"]) == (False, True)
    assert "NO_SUCH_KEY" in made["warnings"][0]


@pytest.mark.anyio
async def test_a_model_that_can_be_taught_has_nothing_against_it(data: Path) -> None:
    pytest.importorskip("trl")
    with App(load(data=data)) as app:
        made = (await _create(app, model={"model": f"local:{MODEL}"})).json()
    assert (made["warnings"], made["can_answer"], made["can_be_taught"]) == ([], True, True)


@pytest.mark.anyio
async def test_a_model_that_cannot_be_loaded_is_refused_with_the_reason(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(MODEL, tmp_path / "model"))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with App(load(data=tmp_path / "data")) as app:
        refused = await _create(app, model={"model": f"local:{folder}"})
    assert refused.status_code == 422
    assert "pytorch_model.bin" in refused.text
