"""A site with thirty conversations a day learns within the days that it was told, or is told why it cannot.

Time is the story's own: a day passes in a second. Nights, gate and canary are the real ones; the recipe
writes an adapter without training, and the models are endpoints that know what they should know.
"""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from tests.conftest import Maker
from tests.train.recipe import ADAPTER_RECIPE
from tests.waiting import until

import shop
from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.capture import CaptureSettings, give_feedback, record
from upspiral.config import load
from upspiral.deploy import promote
from upspiral.deploy.hosts import HostEndpoint
from upspiral.domain import Arm, Cycle, CycleKind, Deployment, DeploymentState, Ending, Interaction, Message
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.testing import FakeProvider
from upspiral.train.local import LocalTrainer

SHOP = AgentId("shop")
MODEL = Path(__file__).parents[2] / "examples/support_desk/model"
A_DAY = 30
FAILING = 0.4
"""Share of the questions that the first version fails at; the candidate answers three in four of them."""
KNOWN = [topic for topic in shop.TOPICS if topic.known]
UNKNOWN = [topic for topic in shop.TOPICS if not topic.known]


class Clock:
    """The story's time."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 22, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def _first(question: str) -> str:
    topic = shop.topic_of(question)
    return topic.answer if topic and topic.known else shop.DONT_KNOW


def _second(question: str) -> str:
    """Answer as the candidate: three in four of what the first did not know, without forgetting the rest."""
    topic = shop.topic_of(question)
    knows = topic is not None and (topic.known or Random(question).random() < 0.75)
    return topic.answer if topic and knows else shop.DONT_KNOW


def _teach(question: str) -> str:
    topic = shop.topic_of(question)
    return topic.answer if topic else shop.DONT_KNOW


class Site:
    """A shop with few customers."""

    def __init__(self, app: App, clock: Clock, *, rated: float) -> None:
        self.app, self.clock, self._rated = app, clock, rated
        self._rng, self._make = Random(1), Maker()

    def live_a_day(self, canary: Deployment | None) -> None:
        """Let thirty customers ask; some of them say how it went."""
        store, turns, signals = self.app.runtime.store, [], []
        live = self.app.agent(SHOP).live
        for n in range(A_DAY):
            self._make.now = self.clock.now + timedelta(minutes=30 * n)
            topic = self._rng.choice(UNKNOWN if self._rng.random() < FAILING else KNOWN)
            question = shop.question(topic, self._rng)
            is_canary = canary is not None and self._rng.random() < canary.share
            answer = (_second if is_canary else _first)(question)
            turn = self._make.interaction(
                agent=SHOP,
                messages=(Message("user", question),),
                answer=answer,
                version=canary.candidate if canary and is_canary else live,
                deployment=canary.id if canary else None,
                arm=(Arm.CANARY if is_canary else Arm.STABLE) if canary else None,
            )
            turns.append(turn)
            if self._rng.random() < self._rated:
                signals.append(self._make.feedback(turn, float(shop.is_right(topic, answer))))
        record(store, *turns)
        give_feedback(store, signals, settings=CaptureSettings(), now=self._make.now)
        self.clock.now += timedelta(days=1)

    def canary(self) -> Deployment | None:
        """The canary that is out."""
        running = self.app.runtime.store.deployments.running(DEFAULT_WORKSPACE)
        return running[0] if running else None

    def begin_night(self) -> Cycle:
        """Begin tonight's night, and wait until it rests or has let a canary out."""
        cycle = self.app.begin(CycleKind.IMPROVE, SHOP, scheduled=True)
        until(lambda: self.seen(cycle).ended is not None or self.canary() is not None)
        return self.seen(cycle)

    def let_it_look(self, cycle: Cycle, canary: Deployment) -> Cycle:
        """Wait until the night has looked at all that was said of its canary so far."""
        store = self.app.runtime.store
        turns = store.interactions.of_deployment(DEFAULT_WORKSPACE, canary.id)
        settled = len(store.outcomes.of(DEFAULT_WORKSPACE, [turn.id for turn in turns]))

        def has_looked() -> bool:
            seen = store.deployments.get(DEFAULT_WORKSPACE, canary.id)
            return seen.canary_n + seen.stable_n >= settled or self.seen(cycle).ended is not None

        until(has_looked)
        time.sleep(0.3)
        return self.seen(cycle)

    def seen(self, cycle: Cycle) -> Cycle:
        """Read a night again."""
        return self.app.runtime.store.cycles.get(DEFAULT_WORKSPACE, cycle.id)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[App, Clock]]:
    clock = Clock()
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes/sft_lora.py").write_text(ADAPTER_RECIPE)
    settings = load(
        data=tmp_path / "data",
        cycle={"training_every_s": 0.05, "canary_every_s": 0.05},
        evaluate={"scorer": "agreement"},
    )
    with (
        FakeProvider(_first) as first,
        FakeProvider(_second) as second,
        FakeProvider(_teach) as teacher,
        App(settings, clock=clock) as app,
    ):
        runtime = app.runtime
        runtime.trainer = LocalTrainer(tmp_path / "recipes")
        known = runtime.hosts.endpoint
        runtime.hosts.endpoint = lambda version: (  # type: ignore[method-assign]
            HostEndpoint(second.url if version.adapter else first.url, version.name)
            if version.base
            else known(version)
        )
        create_agent(
            runtime,
            DEFAULT_WORKSPACE,
            SHOP,
            model=ModelSpec(f"local:{MODEL}"),
            teacher=ModelSpec("openai-compatible:teacher", teacher.url),
        )
        yield app, clock


def _promised(reason: str) -> int:
    """Read the days from a night's reason."""
    evidence = re.search(r"about (\d+) days? at", reason)
    canary = re.search(r"canary takes about (\d+) days?", reason)
    assert evidence, reason
    assert canary, reason
    return int(evidence[1]) + int(canary[1])


@pytest.mark.timeout(900)
def test_thirty_a_day_half_of_them_rated_have_the_better_version_within_the_days_that_were_said(
    opened: tuple[App, Clock],
) -> None:
    app, clock = opened
    site = Site(app, clock, rated=0.5)
    cycle, due = None, None
    for day in range(1, 41):
        canary = site.canary()
        site.live_a_day(canary)
        if canary and cycle:
            cycle = site.let_it_look(cycle, canary)
            if cycle.ending == Ending.PROMOTED:
                break
            assert cycle.ended is None, cycle.reason
        else:
            cycle = site.begin_night()
            if day == 3:
                due = day + _promised(cycle.reason)
            assert site.canary() or cycle.ending == Ending.RESTED, cycle.reason
    assert cycle
    assert cycle.ending == Ending.PROMOTED, cycle.reason
    assert due
    assert day <= due, f"out on day {day}, said was {due}"
    live = app.runtime.store.agent_versions.get(DEFAULT_WORKSPACE, app.agent(SHOP).live)
    assert live.model != app.runtime.store.agent_versions.of(DEFAULT_WORKSPACE, SHOP)[0].model
    states = [one.state for one in app.runtime.store.deployments.of(DEFAULT_WORKSPACE, SHOP)]
    assert states == [DeploymentState.PROMOTED]


@pytest.mark.timeout(600)
def test_two_percent_of_thumbs_are_told_why_it_cannot_be_shown_and_what_would_help(
    opened: tuple[App, Clock],
) -> None:
    app, clock = opened
    site = Site(app, clock, rated=0.02)
    for _ in range(10):
        site.live_a_day(None)
    cycle = site.begin_night()
    assert cycle.ending == Ending.RESTED
    for words in (
        "cannot be shown",
        "a day",
        "verifier",
        "judge",
        "corrections",
        "ask for a rating after every",
    ):
        assert words in cycle.reason, cycle.reason


def test_traffic_that_came_without_a_version_teaches_and_is_used_once(
    opened: tuple[App, Clock],
) -> None:
    app, clock = opened
    store, rng, make = app.runtime.store, Random(3), Maker()
    make.now = clock.now - timedelta(days=2)
    site = Site(app, clock, rated=0.0)
    assert "Nothing is recorded" in site.begin_night().reason
    turns: list[Interaction] = []
    for _ in range(240):
        topic = rng.choice(UNKNOWN if rng.random() < FAILING else KNOWN)
        asked = shop.question(topic, rng)
        turns.append(make.interaction(agent=SHOP, messages=(Message("user", asked),), answer=_first(asked)))
    record(store, *turns)
    clock.now += timedelta(days=1)
    assert "240 conversations are recorded and none is rated" in site.begin_night().reason
    late = [
        make.feedback(turn, float(shop.is_right(shop.topic_of(turn.question) or KNOWN[0], turn.answer)))
        for turn in turns
    ]
    give_feedback(store, late, settings=CaptureSettings(), now=clock.now)
    clock.now += timedelta(days=1)
    cycle = site.begin_night()
    canary = site.canary()
    assert canary, cycle.reason
    assert cycle.rated == 240
    promote(store, DEFAULT_WORKSPACE, canary.id, reason="As if its users had said so.", now=clock.now)
    until(lambda: site.seen(cycle).ended is not None)
    clock.now += timedelta(days=1)
    assert "Nothing is recorded" in site.begin_night().reason
