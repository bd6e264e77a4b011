"""What goes wrong in a night is told with the next action, and the live version is untouched."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Maker
from tests.cycle.waiting import seen, until
from tests.server.scripted import ScriptedProvider, as_json
from tests.stories.failing_day import SUPPORT, live_a_day

from upspiral.admin.agents import ModelSpec
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle import steps
from upspiral.deploy.hosts import HostEndpoint, Hosts
from upspiral.domain import Agent, Cycle, CycleKind, Ending
from upspiral.errors import Conflict
from upspiral.providers.base import ChatModel
from upspiral.providers.retry import Patience
from upspiral.runtime import Runtime
from upspiral.testing import FakeProvider
from upspiral.train.local import LocalTrainer


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take it that the live version answers; its host takes long to start."""
    monkeypatch.setattr(steps, "_check_answers", lambda *_: None)


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    quick = {"training_every_s": 0.1, "canary_every_s": 0.1}
    with App(load(data=data, cycle=quick, train={"attempts": 1})) as opened:
        yield opened


def _night(app: App, *, levers: tuple[str, ...] = ()) -> Cycle:
    cycle = app.begin(CycleKind.IMPROVE, SUPPORT, levers=levers)
    until(lambda: seen(app, cycle).ended)
    return seen(app, cycle)


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize(
    ("mood", "words"),
    [
        ("busy", "429"),
        ("broken", "500"),
        ("html", "no chat completion"),
        ("denied", "401"),
        ("stall", "answer within"),
    ],
)
def test_a_teacher_that_fails_ends_the_night_with_its_reason(
    app: App, make: Maker, monkeypatch: pytest.MonkeyPatch, mood: Any, words: str
) -> None:
    def impatient(self: Runtime, agent: Agent, _charge: object) -> ChatModel:
        teacher = self.store.model_versions.get(agent.workspace, agent.teacher or "")
        return self.model(teacher, patience=Patience(1), timeout_s=0.3)

    monkeypatch.setattr(Runtime, "teacher", impatient)
    with FakeProvider(moods=(mood,), stall_s=1) as teacher:
        live_a_day(app, make, teacher)
        before = app.agent("support")
        ended = _night(app)
    assert ended.ending == Ending.FAILED
    assert words in ended.reason
    assert "gpt" in ended.reason
    assert app.agent("support") == before


@pytest.mark.usefixtures("served")
def test_a_teacher_that_refuses_what_cannot_be_left_out_is_named_with_the_parameter(
    app: App, make: Maker
) -> None:
    said = "Unsupported value: 'messages[0].role' does not support 'system' with this model."
    refusal = {"message": said, "type": "invalid_request_error", "param": "messages[0].role"}
    with ScriptedProvider() as teacher:
        teacher.script = lambda _body: as_json({"error": refusal}, 400)
        live_a_day(app, make, teacher)
        ended = _night(app)
    assert ended.ending == Ending.FAILED
    assert "messages[0].role" in ended.reason


def test_a_day_without_weakness_lets_the_night_rest(app: App, make: Maker) -> None:
    live_a_day(app, make, None, failing=False)
    ended = _night(app)
    assert ended.ending == Ending.RESTED
    assert "0 of them failed" in ended.reason


@pytest.mark.usefixtures("served")
def test_without_teacher_or_corrections_the_night_rests_and_says_what_is_missing(
    app: App, make: Maker
) -> None:
    live_a_day(app, make, None)
    ended = _night(app)
    assert ended.ending == Ending.RESTED
    assert "Too little to learn from" in ended.reason
    assert "no teacher" in ended.reason


@pytest.mark.parametrize("size", [180, 84])  # with enough evidence for a night, and with less
def test_a_night_that_could_teach_nothing_asks_no_teacher_and_rests_with_the_reason(
    app: App, make: Maker, size: int
) -> None:
    with FakeProvider(lambda _asked: "It left this morning.") as provider:
        live_a_day(app, make, provider, model=ModelSpec("openai-compatible:gpt-x", provider.url), size=size)
        ended = _night(app, levers=("adapter",))
        assert provider.calls == []
    assert (ended.ending, len(ended.patterns) > 0) == (Ending.RESTED, True)
    assert "'gpt-x' answers through openai-compatible" in ended.reason


def test_a_live_version_that_does_not_answer_fails_the_night_before_the_teacher_is_asked(
    app: App, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: Hosts, _version: object) -> HostEndpoint:
        return HostEndpoint("http://127.0.0.1:9/v1", "base")

    with FakeProvider(lambda _asked: "It left this morning.") as teacher:
        live_a_day(app, make, teacher)
        monkeypatch.setattr(Hosts, "endpoint", broken)
        ended = _night(app)
        assert teacher.calls == []
    assert (ended.ending, "The connection failed" in ended.reason) == (Ending.FAILED, True)


@pytest.mark.usefixtures("served")
def test_where_nobody_praises_the_night_rests_and_trains_nothing(app: App, make: Maker) -> None:
    with FakeProvider(lambda _asked: "It left this morning.") as teacher:
        live_a_day(app, make, teacher, praised=False)
        ended = _night(app)
    assert (ended.ending, ended.job) == (Ending.RESTED, None)
    assert "Let users praise too" in ended.reason


@pytest.mark.usefixtures("served")
def test_a_trainer_without_disk_ends_the_night_with_its_reason(app: App, make: Maker, tmp_path: Path) -> None:
    recipes = tmp_path / "recipes"
    recipes.mkdir()
    (recipes / "sft_lora.py").write_text(
        "import errno; raise OSError(errno.ENOSPC, 'No space left on device')"
    )
    app.runtime.trainer = LocalTrainer(recipes)
    with FakeProvider(lambda _asked: "It left this morning.") as teacher:
        live_a_day(app, make, teacher)
        before = app.agent("support")
        ended = _night(app)
    assert ended.ending == Ending.FAILED
    assert "out of disk" in ended.reason
    assert app.agent("support") == before


def test_a_second_owner_of_the_data_folder_is_refused(app: App) -> None:
    second = App(app.settings)
    with pytest.raises(Conflict, match="owns the data folder"):
        second.__enter__()
