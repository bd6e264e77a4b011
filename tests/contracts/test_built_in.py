"""What Upspiral brings keeps to the contracts that a stranger's plug-ins keep to; nothing is left out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.capture.formats.exported import GENERATION, INFERENCE, SPAN, STORED
from tests.capture.formats.openai.test_evals import ITEM
from tests.capture.formats.test_promptfoo import RESULTS
from tests.notify.mail_server import MailServer
from tests.notify.receiver import Receiver
from tests.train.recipe import ADAPTER_RECIPE

from upspiral import plugin_kinds
from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
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
from upspiral.capture.secrets_guard import SecretsGuard
from upspiral.config import load
from upspiral.cycle.levers.adapter import AdapterLever
from upspiral.cycle.levers.examples import ExamplesLever
from upspiral.cycle.levers.model import ModelLever
from upspiral.cycle.levers.words import InstructionsLever, RulesLever
from upspiral.cycle.notifiers import (
    make_discord,
    make_email,
    make_night_log,
    make_signed_webhook,
    make_slack,
)
from upspiral.domain import Agent
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.judges.model_judge import ModelJudge
from upspiral.plugin_kinds import (
    IMPORTER,
    JUDGE,
    LEVER,
    NOTIFIER,
    PROVIDER,
    REDACTOR,
    SCORER,
    TRAINER,
    PluginKind,
)
from upspiral.providers.base import Connection
from upspiral.providers.built_in import OpenAICompatibleProvider
from upspiral.scorers import (
    Agreement,
    Exact,
    FormatGuard,
    Heuristic,
    LanguageGuard,
    LengthGuard,
    RefusalGuard,
    SchemaGuard,
    ToolSchemaGuard,
)
from upspiral.testing import FakeProvider
from upspiral.testing.contracts import (
    ImporterContract,
    JudgeContract,
    LeverContract,
    NotifierContract,
    ProviderContract,
    RedactorContract,
    ScorerContract,
    SenderContract,
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


MODEL = Path(__file__).parents[2] / "examples/support_desk/model"


class TestExact(ScorerContract):
    make = Exact


class TestAgreement(ScorerContract):
    make = Agreement


class TestHeuristic(ScorerContract):
    make = Heuristic


class TestFormatGuard(ScorerContract):
    make = FormatGuard


class TestSchemaGuard(ScorerContract):
    make = SchemaGuard


class TestLanguageGuard(ScorerContract):
    make = LanguageGuard


class TestLengthGuard(ScorerContract):
    make = LengthGuard


class TestRefusalGuard(ScorerContract):
    make = RefusalGuard


class TestToolSchemaGuard(ScorerContract):
    make = ToolSchemaGuard


class TestSecretsGuard(ScorerContract):
    make = SecretsGuard


class TestModelJudge(JudgeContract):
    make = ModelJudge


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


class PostingContract(SenderContract):
    @pytest.fixture
    def address(self) -> Iterator[str]:
        with Receiver() as receiver:
            yield f"{receiver.url}/hook"


class TestSignedWebhook(PostingContract):
    make = make_signed_webhook


class TestSlack(PostingContract):
    make = make_slack


class TestDiscord(PostingContract):
    make = make_discord
    bad_addresses = (*SenderContract.bad_addresses, "https://discord.com/api/webhooks/1/token/slack")


class TestEmail(SenderContract):
    make = make_email

    @pytest.fixture(autouse=True)
    def mail_server(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
        """Have a mail server, of which the settings know."""
        with MailServer() as server:
            mine = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_tls": "none"}
            monkeypatch.setattr(type(self), "settings", {"webhooks": mine})
            yield server

    @pytest.fixture
    def address(self) -> str:
        return "anna@example.org"

    @pytest.fixture
    def dead_address(self, mail_server: MailServer) -> str:
        mail_server.refuses = True
        return "nobody@example.org"


class TestExamples(LeverContract):
    make = ExamplesLever


class TestRules(LeverContract):
    make = RulesLever


class TestInstructions(LeverContract):
    make = InstructionsLever
    settings: ClassVar = {"levers": {"search_answers": 0}}


@pytest.mark.process
class TestSearchedInstructions(LeverContract):
    make = InstructionsLever

    @pytest.fixture
    def provider(self) -> Iterator[FakeProvider]:
        with KnowsTheDay(lambda _asked: self.teacher_says) as opened:
            yield opened


class KnowsTheDay(FakeProvider):
    """Its model answers right once its instructions say so."""

    def say(self, path: str, body: dict[str, Any]) -> str:
        told, question = str(body["messages"][0]["content"]), str(body["messages"][-1]["content"])
        if body["model"] != "teacher" and "Name the day." in told:
            return f"The parcel comes on day {question.rstrip(' come?').rsplit(' ', 1)[-1]}."
        return super().say(path, body)


class TestModel(LeverContract):
    make = ModelLever
    settings: ClassVar = {"levers": {"models": ("other",)}}

    def make_agent(self, app: App, provider: FakeProvider) -> Agent:
        other = ModelSpec("openai-compatible:other", provider.url)
        create_agent(app.runtime, DEFAULT_WORKSPACE, AgentId("beside"), model=other)
        return super().make_agent(app, provider)


@pytest.mark.process
class TestAdapter(LeverContract):
    make = AdapterLever

    @pytest.fixture
    def app(self, tmp_path: Path) -> Iterator[App]:
        pytest.importorskip("trl")
        (tmp_path / "recipes").mkdir()
        (tmp_path / "recipes/sft_lora.py").write_text(ADAPTER_RECIPE)
        with App(load(data=tmp_path / "data")) as opened:
            opened.runtime.trainer = LocalTrainer(tmp_path / "recipes")
            yield opened

    def make_agent(self, app: App, provider: FakeProvider) -> Agent:
        return create_agent(
            app.runtime, DEFAULT_WORKSPACE, AgentId("support"), model=ModelSpec(f"local:{MODEL}")
        )


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
    LEVER: LeverContract,
    NOTIFIER: (NotifierContract, SenderContract, PostingContract),
    PROVIDER: ProviderContract,
    REDACTOR: RedactorContract,
    SCORER: ScorerContract,
    JUDGE: JudgeContract,
}


@pytest.mark.parametrize("kind", PROVEN, ids=lambda kind: kind.name)
def test_everything_that_upspiral_brings_goes_through_a_contract(kind: PluginKind) -> None:
    contracts = PROVEN[kind] if isinstance(PROVEN[kind], tuple) else (PROVEN[kind],)
    classes = [one for each in contracts for one in each.__subclasses__() if one.__module__ == __name__]
    proven = {one.make for one in classes if hasattr(one, "make")}
    assert {one.make for one in kind.list_registered()} == proven


def test_no_kind_is_left_without_a_contract() -> None:
    elsewhere = {TRAINER, plugin_kinds.ROUTING_POLICY}
    assert {*PROVEN, *elsewhere} == set(plugin_kinds.KINDS)
    assert [one.make for one in TRAINER.list_registered()] == [LocalTrainer]
