"""Who answers: a change is seen, made once, and lost to nobody."""

import pytest
from tests.conftest import START

from upspiral.domain import Agent
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, AgentVersionId
from upspiral.errors import Conflict
from upspiral.store import Store

SUPPORT = AgentId("support")


def test_of_two_who_read_the_same_agent_one_changes_what_is_served(any_store: Store) -> None:
    any_store.workspaces.ensure(DEFAULT_WORKSPACE, START)
    read = Agent(id=SUPPORT, workspace=DEFAULT_WORKSPACE, live=AgentVersionId("v1"), at=START)
    before = any_store.agents.generation(DEFAULT_WORKSPACE)
    any_store.agents.add(read)
    changed = any_store.agents.advance(read, live=AgentVersionId("v2"))
    with pytest.raises(Conflict):
        any_store.agents.advance(read, live=AgentVersionId("v3"))
    assert any_store.agents.get(DEFAULT_WORKSPACE, SUPPORT) == changed
    assert changed.live == "v2"
    assert any_store.agents.generation(DEFAULT_WORKSPACE) > before


def test_what_a_transaction_took_back_is_no_change(any_store: Store) -> None:
    def fail() -> None:
        with any_store.transaction():
            any_store.agents.add(
                Agent(id=SUPPORT, workspace=DEFAULT_WORKSPACE, live=AgentVersionId("v1"), at=START)
            )
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert any_store.agents.changes == 0


def test_a_workspace_keeps_its_time_zone_when_it_is_ensured_again(any_store: Store) -> None:
    any_store.workspaces.ensure(DEFAULT_WORKSPACE, START)
    any_store.workspaces.set_zone(DEFAULT_WORKSPACE, "Europe/Oslo")
    any_store.workspaces.ensure(DEFAULT_WORKSPACE, START)
    assert any_store.workspaces.zone(DEFAULT_WORKSPACE) == "Europe/Oslo"
