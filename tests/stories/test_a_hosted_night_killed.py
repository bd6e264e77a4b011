"""A hosted agent's night that is killed at each step of its levers ends the same, and pays nobody twice."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from tests.stories.killable import KillableServer
from tests.stories.test_a_hosted_agent import HANDBOOK, RULE, SHOP, Proposer, ShownModel, Site, answer
from tests.waiting import until

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.config import load
from upspiral.domain.ids import DEFAULT_WORKSPACE, BudgetId
from upspiral.domain.night.budget import ReservationState
from upspiral.testing import answers

pytestmark = [pytest.mark.process, pytest.mark.long, pytest.mark.timeout(3600)]
LEVERS = ("examples", "rules")
STEPS = (
    "plan_levers",
    *(f"{step} {lever}" for lever in LEVERS for step in ("draft_candidate", "try_candidate")),
    "choose_candidate",
    "compare_with_incumbent",
    "passes_gate",
)
SETTINGS = """
[evaluate]
scorer = "agreement"
concurrency = 8
[cycle]
nightly = false
canary_every_s = 0.2
"""
CONCURRENCY = 8


class MendedModel(ShownModel):
    """Answers a topic that it does not know where it is shown how, or told to look it up."""

    def say(self, path: str, body: dict[str, Any]) -> str:
        """Answer by the system message, or else by the examples."""
        if HANDBOOK in str([one for one in body["messages"] if one["role"] == "system"]):
            return answer(answers.find_question(path, body), knows_all=True)
        return super().say(path, body)


class Ended(NamedTuple):
    """What came of a night up to its canary."""

    trials: dict[str, tuple[str, float | None]]
    """What each lever's draft gained."""
    gate: list[tuple[str, bool]]
    cases: tuple[int, int, int]
    """Those to teach by, to choose by, and held out."""
    calls: Counter[str]
    """The paid calls of each purpose."""


class Shop:
    """The hosted model, the teacher, and a day of talks that is copied for each night."""

    def __init__(self, folder: Path) -> None:
        self.model, self.teacher = MendedModel(moods=("stall",), stall_s=0.002), Proposer(f"- {RULE}")
        self.day = folder / "day"

    def live_a_day(self) -> None:
        """Make the agent, and a day on which it fails where it knows nothing."""
        self.day.mkdir()
        (self.day / "upspiral.toml").write_text(SETTINGS)
        with App(load(data=self.day), nights=False) as app:
            hosted, teacher = (
                ModelSpec(f"openai-compatible:{one}", provider.url)
                for one, provider in (("hosted", self.model), ("teacher", self.teacher))
            )
            create_agent(app.runtime, DEFAULT_WORKSPACE, SHOP, model=hosted, teacher=teacher)
            Site(app).live(260)

    def live_a_night(self, data: Path, deadly: tuple[str, ...] = ()) -> Ended:
        """Live a night whose server is killed at each deadly step in turn, until its canary is out."""
        shutil.copytree(self.day, data)
        self.model.calls.clear()
        self.teacher.calls.clear()
        server, night = KillableServer(data), ""
        try:
            for moment in (*deadly, "never"):
                server.start(moment)
                night = night or self._begin(server)
                if moment != "never":
                    until(server.is_dead, f"the night never came to {moment}")
            until(lambda: _ask(server, "GET", f"/api/v1/cycles/{night}")["deployment"], "there is no canary")
        finally:
            server.kill()
        return self._read(data, night)

    def _begin(self, server: KillableServer) -> str:
        body = {"agent": SHOP, "levers": LEVERS}
        return str(_ask(server, "POST", "/api/v1/cycles", body)["id"])

    def _read(self, data: Path, night: str) -> Ended:
        with App(load(data=data), nights=False) as app:
            store = app.runtime.store
            cycle = store.cycles.get(DEFAULT_WORKSPACE, night)
            trials = store.lever_trials.of(DEFAULT_WORKSPACE, cycle.id)
            [decision] = store.gate_decisions.of(DEFAULT_WORKSPACE, SHOP)
            dataset = store.datasets.get(DEFAULT_WORKSPACE, cycle.dataset or "")
            calls = store.reservations.of(DEFAULT_WORKSPACE, BudgetId(night))
        self._check(calls)
        return Ended(
            trials={one.lever: (one.state.value, one.gain) for one in trials},
            gate=[(one.name, one.passed) for one in decision.checks],
            cases=(dataset.train, dataset.selection, dataset.heldout),
            calls=Counter(one.purpose.value for one in calls),
        )

    def _check(self, calls: list[Any]) -> None:
        """Each call is settled and counted once; only what was under way at a kill was made again."""
        made = Counter([*self.model.calls, *self.teacher.calls])
        assert {(one.state, one.calls) for one in calls} == {(ReservationState.SETTLED, 1)}
        unnamed = made.pop("", 0)  # the question that shows whether a draft answers has no id
        assert len(made) + unnamed >= len(calls) > 0
        assert sum(count - 1 for count in made.values()) <= CONCURRENCY * len(STEPS)
        assert self.teacher.proposals >= 1


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    with made.model, made.teacher:
        made.live_a_day()
        yield made


@pytest.mark.parametrize("what", ["started", pytest.param("finished", marks=pytest.mark.slow)])
def test_a_night_killed_at_every_step_of_its_levers_ends_as_one_that_nobody_killed(
    shop: Shop, tmp_path: Path, what: str
) -> None:
    expected = shop.live_a_night(tmp_path / "whole")
    assert {state for state, _ in expected.trials.values()} == {"tried", "chosen"}
    assert shop.live_a_night(tmp_path / "killed", tuple(f"{step}:{what}" for step in STEPS)) == expected


def _ask(server: KillableServer, method: str, path: str, body: object = None) -> Any:
    mine = {"authorization": f"Bearer {(server.data / 'key').read_text().strip()}"}
    answer = httpx2.request(method, server.url + path, json=body, headers=mine, timeout=60, trust_env=False)
    assert answer.status_code < 300, answer.text
    return answer.json()
