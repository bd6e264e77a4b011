"""Timeliness compares with the sender's deadline, or else with everybody's usual latency."""

from collections.abc import Mapping
from typing import Any

from tests.conftest import Maker

from upspiral import capture
from upspiral.capture import CaptureSettings
from upspiral.domain import Feedback
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.projections import TrustFolds, trust_scores
from upspiral.route.trust_summary import AgentTrust
from upspiral.store import Store


def assess(store: Store, make: Maker, latencies: Mapping[str, float], **more: Any) -> dict[str, AgentTrust]:
    said: list[Feedback] = []
    for number in range(30):
        for name, latency in latencies.items():
            turn = make.interaction(agent=AgentId(name), latency_ms=latency + number % 3, **more)
            capture.record(store, turn)
            said.append(make.feedback(turn, 1.0, rater="anonymous"))
    capture.give_feedback(store, said, settings=CaptureSettings(), now=make.tick())
    found = TrustFolds(DEFAULT_WORKSPACE).refresh(store, now=make.now)
    assert found == trust_scores(store, DEFAULT_WORKSPACE, now=make.now)
    return {str(name): one for name, one in found.items()}


def test_the_slow_agent_is_less_in_time_than_the_fast_one(store: Store, make: Maker) -> None:
    found = assess(store, make, {"slow": 9_000.0, "fast": 100.0, "usual": 500.0})
    assert found["fast"].trust.timeliness > 0.95
    assert found["slow"].trust.timeliness < 0.05
    assert found["fast"].trust.overall > found["slow"].trust.overall + 0.05


def test_a_deadline_goes_before_the_usual_latency(store: Store, make: Maker) -> None:
    found = assess(store, make, {"slow": 9_000.0, "fast": 100.0}, metadata={"deadline_ms": "10000"})
    assert found["slow"].trust.timeliness > 0.95


def test_without_latency_timeliness_is_no_part_of_the_score(store: Store, make: Maker) -> None:
    turn = make.interaction(agent=AgentId("ann"))
    capture.record(store, turn)
    capture.give_feedback(store, [make.feedback(turn, 1.0)], settings=CaptureSettings(), now=make.tick())
    found = TrustFolds(DEFAULT_WORKSPACE).refresh(store, now=make.now)
    assert found[AgentId("ann")].trust.known == (True, True, False, True)


def test_feedback_that_names_no_rater_warns_of_none(store: Store, make: Maker) -> None:
    found = assess(store, make, {"ann": 100.0})
    assert found["ann"].trust.raters == {}
