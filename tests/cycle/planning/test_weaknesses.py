"""The weekly look at every agent."""

from pathlib import Path

from tests.conftest import Maker

from upspiral.app import App
from upspiral.capture import CaptureSettings, give_feedback, record
from upspiral.config import load
from upspiral.cycle.planning.weaknesses import look, look_weekly
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId


def test_every_agent_is_looked_at_and_the_words_say_what_was_found(data: Path) -> None:
    with App(load(data=data)) as app:
        runtime, make = app.runtime, Maker()
        assert look_weekly(runtime, DEFAULT_WORKSPACE) == "0 weaknesses of 0 agents, 0 looked at."
        make.now = runtime.now()
        make.tick(-3600)
        asked = [("my gift voucher", "shop"), ("my parcel", "shop"), ("my parcel", "desk")] * 30
        turns = [make.interaction(question, agent=AgentId(agent)) for question, agent in asked]
        record(runtime.store, *turns)
        signals = [make.feedback(turn, 0.0 if "gift" in turn.question else 1.0) for turn in turns]
        give_feedback(runtime.store, signals, settings=CaptureSettings(), now=make.now)
        assert look_weekly(runtime, DEFAULT_WORKSPACE) == "1 weaknesses of 1 agents, 2 looked at."
        [found] = look(runtime, DEFAULT_WORKSPACE, AgentId("shop"))
        assert (found.cycle, found.failures) == (None, 30)
        assert runtime.store.patterns.list_rows(DEFAULT_WORKSPACE) == [found]
