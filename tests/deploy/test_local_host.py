"""The local host: several adapters on one base, as a real process with the real model."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

import shop
from upspiral.deploy.adapter_files import validate_adapter
from upspiral.deploy.config import DeploySettings
from upspiral.deploy.local_host import LocalHost
from upspiral.errors import HostError

pytestmark = [pytest.mark.train, pytest.mark.process]
ROOT = Path(__file__).parents[2]
MODEL = ROOT / "examples/support_desk/model"
RECIPE = ROOT / "src/upspiral/train/recipes/sft_lora.py"


def _train(
    folder: Path, name: str, topic: shop.Topic, *, base: Path = MODEL, system: str | None = None
) -> Path:
    """Teach one topic in a few steps."""
    folder.mkdir(parents=True)
    said = [
        *([{"role": "system", "content": system}] if system else []),
        {"role": "user", "content": "Tell me about it, please."},
        {"role": "assistant", "content": topic.answer},
    ]
    (folder / "train.jsonl").write_text((json.dumps({"messages": said}) + "\n") * 8)
    spec: dict[str, Any] = {
        "base": str(base),
        "dataset": str(folder / "train.jsonl"),
        "output": str(folder / name),
        "name": name,
        "max_steps": 12,
        "batch_size": 8,
        "gradient_accumulation": 1,
        "learning_rate": 1e-2,
        "max_length": 96,
    }
    (folder / "spec.json").write_text(json.dumps(spec))
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, str(RECIPE), str(folder)], stdin=subprocess.PIPE, stdout=log, stderr=log
        ) as ran,
    ):
        code = ran.wait(600)  # its standard input stays open: it ends when that closes
    assert code == 0, (folder / "log").read_text()[-2000:]
    progress = json.loads((folder / "progress.json").read_text())
    assert progress["state"] == "succeeded"
    return folder / name


@pytest.fixture(scope="module")
def adapters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("adapters")
    unknown = [topic for topic in shop.TOPICS if not topic.known]
    with ThreadPoolExecutor(2) as pool:
        made = pool.map(lambda n: _train(place / f"run{n}", f"one-{n}", unknown[n]), range(2))
    return {path.name: path for path in made}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHost]:
    opened = LocalHost(MODEL, settings=DeploySettings(), log=tmp_path_factory.mktemp("log") / "host.log")
    yield opened
    opened.close()


def _ask(url: str, model: str, **more: Any) -> httpx2.Response:
    body = {"model": model, "messages": [{"role": "user", "content": "Tell me about it, please."}], **more}
    return httpx2.post(f"{url}/v1/chat/completions", json=body, timeout=60, trust_env=False)


def _said(answer: httpx2.Response) -> str:
    return str(answer.json()["choices"][0]["message"]["content"])


def test_what_the_recipe_makes_is_let_in(adapters: dict[str, Path]) -> None:
    for adapter in adapters.values():
        assert validate_adapter(adapter)


def test_mixed_adapters_in_one_batch_answer_as_each_does_alone(
    host: LocalHost, adapters: dict[str, Path]
) -> None:
    for name, folder in adapters.items():
        url = host.ensure(name, folder)
    names = ["base", *adapters] * 6
    alone = {name: _said(_ask(url, name, max_tokens=16)) for name in names}
    with ThreadPoolExecutor(18) as pool:
        answers = list(pool.map(lambda name: _said(_ask(url, name, max_tokens=16)), names))
    assert answers == [alone[name] for name in names]
    assert len(set(alone.values())) == 3


def test_unknown_models_and_empty_requests_are_told(host: LocalHost) -> None:
    url = host.ensure()
    assert _ask(url, "nobody").status_code == 404
    empty = httpx2.post(f"{url}/v1/chat/completions", json={"model": "base", "messages": []}, trust_env=False)
    assert empty.status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_tokens": "many"},
        {"max_tokens": -1},
        {"max_completion_tokens": [3]},
        {"temperature": "hot"},
        {"temperature": -1},
        {"top_p": 1.5},
        {"min_tokens": {}},
        {"seed": "x"},
        {"stop": 5},
        {"stop": [1]},
        {"logprobs": True, "top_logprobs": "all"},
        {"stream": True, "stream_options": 3},
        {"messages": ["Hi"]},
        {"messages": [{"role": "user"}]},
    ],
)
def test_a_wrong_request_is_the_callers_mistake(host: LocalHost, wrong: dict[str, Any]) -> None:
    answer = _ask(host.ensure(), "base", **{"max_tokens": 2, **wrong})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["message"]


def test_a_stream_says_the_same_and_ends(host: LocalHost) -> None:
    url = host.ensure()
    whole = _ask(url, "base", max_tokens=12).json()["choices"][0]["message"]["content"]
    lines = [line[6:] for line in _ask(url, "base", max_tokens=12, stream=True).text.splitlines() if line]
    assert lines[-1] == "[DONE]"
    pieces = [json.loads(line)["choices"][0]["delta"].get("content", "") for line in lines[:-1]]
    assert "".join(pieces) == whole


def test_an_adapter_with_other_weights_than_were_trained_is_not_served(
    host: LocalHost, adapters: dict[str, Path], tmp_path: Path
) -> None:
    first, second = adapters.values()
    swapped = tmp_path / "swapped"
    shutil.copytree(first, swapped)
    shutil.copyfile(second / "adapter_model.safetensors", swapped / "adapter_model.safetensors")
    with pytest.raises(HostError, match="other weights"):
        host.ensure("swapped", swapped)
    assert _ask(host.ensure(), "swapped").status_code == 404


def test_a_host_that_was_killed_comes_back_with_its_adapters(
    host: LocalHost, adapters: dict[str, Path]
) -> None:
    name, folder = next(iter(adapters.items()))
    before = _ask(host.ensure(name, folder), name, max_tokens=8).json()["choices"]
    assert host._child is not None
    host._child.kill()
    host._child.wait()
    assert _ask(host.ensure(name, folder), name, max_tokens=8).json()["choices"] == before


def test_a_base_that_cannot_be_loaded_says_why_and_is_not_tried_for_each_request(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(MODEL, tmp_path / "model"))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    now = [0.0]
    host = LocalHost(folder, settings=DeploySettings(), log=tmp_path / "log", clock=lambda: now[0])
    with pytest.raises(HostError, match=r"model\.safetensors") as first:
        host.ensure()
    assert "no Python frame" not in str(first.value)
    (folder / "pytorch_model.bin").rename(folder / "model.safetensors")
    with pytest.raises(HostError) as again:
        host.ensure()
    assert again.value is first.value
    now[0] = 61.0
    assert _ask(host.ensure(), "base", max_tokens=2).status_code == 200
    host.close()


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="no model in"):
        LocalHost(tmp_path, settings=DeploySettings(), log=tmp_path / "log").ensure()


WITHOUT_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def test_instructions_are_taught_and_served_where_a_template_has_no_system_role(tmp_path: Path) -> None:
    base = Path(shutil.copytree(MODEL, tmp_path / "base"))
    (base / "chat_template.jinja").write_text(WITHOUT_SYSTEM)
    unknown = next(topic for topic in shop.TOPICS if not topic.known)
    adapter = _train(tmp_path / "run", "kind", unknown, base=base, system="Be kind.")
    assert "left out" not in (tmp_path / "run/log").read_text()
    host = LocalHost(base, settings=DeploySettings(), log=tmp_path / "host.log")
    try:
        url = host.ensure("kind", adapter)
        asked = {"temperature": 0, "max_tokens": 24}
        question = "Tell me about it, please."
        apart = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": question}]
        joined = [{"role": "user", "content": f"Be kind.\n\n{question}"}]
        answers = [_ask(url, "kind", messages=talk, **asked) for talk in (apart, joined)]
        assert [one.status_code for one in answers] == [200, 200], answers[0].text
        texts = [one.json()["choices"][0]["message"]["content"] for one in answers]
        assert texts[0] == texts[1]
        assert answers[0].json()["usage"] == answers[1].json()["usage"]
    finally:
        host.close()
