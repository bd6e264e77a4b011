"""The agent that a caller names, or the ways to say that any will do."""

import pytest

from upspiral.domain.ids import AgentId
from upspiral.errors import NotFound
from upspiral.route.named import choose, parse_auto_mode

AGENTS = [AgentId("support"), AgentId("sales")]


def test_the_named_agent_is_chosen_for_sure() -> None:
    found = choose(AGENTS, "sales")
    assert (found.agent, found.probability) == ("sales", 1.0)


def test_a_name_that_nobody_has_is_told_with_those_that_there_are() -> None:
    with pytest.raises(NotFound) as told:
        choose(AGENTS, "suport")
    assert "'suport'" in str(told.value)
    assert "support" in str(told.value).split("there are:")[1]


@pytest.mark.parametrize(
    ("model", "mode"),
    [
        ("auto", "cascade"),
        ("auto:single", "single"),
        ("auto:ensemble", "ensemble"),
        ("automatic", None),
        ("support", None),
    ],
)
def test_auto_means_what_is_usual_unless_it_says_how(model: str, mode: str | None) -> None:
    assert parse_auto_mode(model, usual="cascade") == mode
