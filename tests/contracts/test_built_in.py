"""What Upspiral brings keeps to the contracts that a stranger's plug-ins keep to; nothing is left out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.capture.formats.exported import GENERATION, INFERENCE, SPAN, STORED
from tests.capture.formats.openai.test_evals import ITEM
from tests.capture.formats.test_promptfoo import RESULTS

from upspiral import plugin_kinds
from upspiral.capture.formats.built_in import (
    ChatJsonl,
    make_langfuse,
    make_openai_evals,
    make_openai_stored,
    make_phoenix,
    make_promptfoo,
    make_tensorzero,
)
from upspiral.capture.redactors import make_pattern_redactor
from upspiral.cycle.notifiers import make_night_log
from upspiral.plugin_kinds import IMPORTER, NOTIFIER, PROVIDER, REDACTOR, SCORER, TRAINER, PluginKind
from upspiral.providers.base import Connection
from upspiral.providers.built_in import OpenAICompatibleProvider
from upspiral.scorers import Agreement, Exact, Heuristic
from upspiral.testing import FakeProvider
from upspiral.testing.contracts import (
    ImporterContract,
    NotifierContract,
    ProviderContract,
    RedactorContract,
    ScorerContract,
    TrainerContract,
)
from upspiral.train.base import TrainingRun
from upspiral.train.local import LocalTrainer

RECIPE = """
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
pathlib.Path(json.loads((folder / "spec.json").read_text())["output"]).mkdir(exist_ok=True)
(folder / "progress.json").write_text(json.dumps({"state": "succeeded", "step": 1, "total_steps": 1}))
"""


class TestExact(ScorerContract):
    make = Exact


class TestAgreement(ScorerContract):
    make = Agreement


class TestHeuristic(ScorerContract):
    make = Heuristic


class TestChatJsonl(ImporterContract):
    make = ChatJsonl

    def rows(self) -> list[dict[str, Any]]:
        messages = [{"role": "user", "content": "Where is it?"}]
        return [
            {"messages": messages, "answer": "Here.", "success": True},
            {"prompt": "Hello?", "completion": "Hello!"},
        ]


class TestLangfuse(ImporterContract):
    make = make_langfuse

    def rows(self) -> list[dict[str, Any]]:
        return [GENERATION]


class TestPromptfoo(ImporterContract):
    make = make_promptfoo

    def rows(self) -> list[dict[str, Any]]:
        answered = next(one for one in RESULTS["results"]["results"] if "response" in one)
        return [answered]


class TestOpenAIEvals(ImporterContract):
    make = make_openai_evals

    def rows(self) -> list[dict[str, Any]]:
        return [ITEM]


class TestPhoenix(ImporterContract):
    make = make_phoenix

    def rows(self) -> list[dict[str, Any]]:
        return [SPAN]


class TestTensorzero(ImporterContract):
    make = make_tensorzero

    def rows(self) -> list[dict[str, Any]]:
        return [INFERENCE]


class TestOpenaiStored(ImporterContract):
    make = make_openai_stored

    def rows(self) -> list[dict[str, Any]]:
        return [STORED]


class TestOpenaiCompatible(ProviderContract):
    make = OpenAICompatibleProvider

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        with FakeProvider() as fake:
            yield Connection(name="contract", url=fake.url)


class TestPatterns(RedactorContract):
    make = make_pattern_redactor
    secrets = ("anna@example.org", "sk-proj-Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z", "4111 1111 1111 1111")


class TestNightLog(NotifierContract):
    make = make_night_log


@pytest.mark.process
class TestLocalTrainer(TrainerContract):
    @pytest.fixture(autouse=True)
    def recipes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have a recipe that takes no time."""
        folder = tmp_path / "recipes"
        folder.mkdir()
        (folder / "quick.py").write_text(RECIPE)
        monkeypatch.setattr(type(self), "make", lambda: LocalTrainer(folder), raising=False)

    def run(self, folder: Path) -> TrainingRun:
        return TrainingRun(folder, {"recipe": "quick", "output": str(folder / "adapter")})


PROVEN: dict[PluginKind, Any] = {
    IMPORTER: ImporterContract,
    NOTIFIER: NotifierContract,
    PROVIDER: ProviderContract,
    REDACTOR: RedactorContract,
    SCORER: ScorerContract,
}


@pytest.mark.parametrize("kind", PROVEN, ids=lambda kind: kind.name)
def test_everything_that_upspiral_brings_goes_through_a_contract(kind: PluginKind) -> None:
    proven = {one.make for one in PROVEN[kind].__subclasses__() if one.__module__ == __name__}
    assert {one.make for one in kind.list_registered()} == proven


def test_no_kind_is_left_without_a_contract() -> None:
    elsewhere = {TRAINER, plugin_kinds.ROUTING_POLICY}
    assert {*PROVEN, *elsewhere} == set(plugin_kinds.KINDS)
    assert [one.make for one in TRAINER.list_registered()] == [LocalTrainer]
