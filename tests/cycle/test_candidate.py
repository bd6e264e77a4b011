"""What is rolled out, as pure data."""

import re

import pytest

from upspiral.cycle.candidate import adapter_name
from upspiral.domain.ids import AgentId


@pytest.mark.parametrize("name", ["support", "support.v2", "gpt-4.1", "a.b.c", "a..b"])
def test_every_agent_name_gives_an_adapter_name_that_hosts_take(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]+", adapter_name(AgentId(name), "0123"))


def test_names_that_differ_in_a_dot_alone_stay_apart() -> None:
    names = {adapter_name(AgentId(name), "0123") for name in ("support.v2", "support-v2", "support_v2")}
    assert len(names) == 3
