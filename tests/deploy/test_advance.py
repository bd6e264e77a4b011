"""Canary, promotion and rollback, on both databases."""

import json

import pytest
from tests.conftest import START, Maker

from upspiral.deploy import DeploySettings, promote, roll_back, start_canary, watch
from upspiral.deploy.advance import add_version, take_back
from upspiral.domain import Agent, AgentVersion, Deployment, DeploymentState, Verdict
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, AgentVersionId, DeploymentId, ModelVersionId
from upspiral.errors import Conflict
from upspiral.store import Store

SUPPORT = AgentId("support")


def _version(store: Store, name: str) -> AgentVersion:
    version = AgentVersion(
        id=AgentVersionId(name),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        number=0,
        at=START,
        model=ModelVersionId(f"mv-{name}"),
        sha256=name,
    )
    return add_version(store, version)


def _ready(store: Store) -> tuple[Agent, Deployment]:
    old, new = _version(store, "old"), _version(store, "new")
    agent = Agent(id=SUPPORT, workspace=DEFAULT_WORKSPACE, at=START, live=old.id)
    store.agents.add(agent)
    deployment = Deployment(
        id=DeploymentId("dep"),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        candidate=new.id,
        stable=old.id,
        share=0.5,
        started=START,
    )
    return agent, start_canary(store, deployment)


def _live(store: Store) -> str:
    return store.agents.get(DEFAULT_WORKSPACE, SUPPORT).live


def test_versions_are_numbered_in_order(any_store: Store) -> None:
    assert [_version(any_store, name).number for name in ("a", "b", "a")] == [1, 2, 1]


def test_a_promotion_changes_the_live_version_once(any_store: Store) -> None:
    _, canary = _ready(any_store)
    for _ in range(2):
        promote(any_store, DEFAULT_WORKSPACE, canary.id, reason="better", now=START)
    assert _live(any_store) == "new"
    assert any_store.agents.get(DEFAULT_WORKSPACE, SUPPORT).generation == 2


def test_a_canary_taken_back_leaves_the_live_version_alone(any_store: Store) -> None:
    _, canary = _ready(any_store)
    for _ in range(2):
        roll_back(
            any_store, DEFAULT_WORKSPACE, canary.id, verdict=Verdict.UNHEALTHY, reason="worse", now=START
        )
    assert _live(any_store) == "old"
    assert any_store.deployments.get(DEFAULT_WORKSPACE, canary.id).reason == "worse"


def test_a_promoted_version_is_taken_back_to_the_one_before(any_store: Store) -> None:
    _, canary = _ready(any_store)
    promote(any_store, DEFAULT_WORKSPACE, canary.id, reason="better", now=START)
    taken = take_back(any_store, DEFAULT_WORKSPACE, SUPPORT, reason="by hand", now=START)
    assert (taken.state, _live(any_store)) == (DeploymentState.ROLLED_BACK, "old")
    with pytest.raises(Conflict, match="neither"):
        take_back(any_store, DEFAULT_WORKSPACE, SUPPORT, reason="again", now=START)


def test_a_second_canary_has_to_wait(any_store: Store) -> None:
    _, canary = _ready(any_store)
    other = Deployment(
        id=DeploymentId("other"),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        candidate=_version(any_store, "third").id,
        stable=canary.stable,
        share=0.1,
        started=START,
    )
    with pytest.raises(Conflict, match="still a canary"):
        start_canary(any_store, other)


def test_a_stale_reader_cannot_change_what_is_served(any_store: Store) -> None:
    agent, _ = _ready(any_store)  # the canary has advanced the generation since
    with pytest.raises(Conflict, match="somebody else"):
        any_store.agents.advance(agent, live=AgentVersionId("new"))


def test_the_watch_writes_down_what_it_saw(any_store: Store, make: Maker) -> None:
    _, canary = _ready(any_store)
    found = watch(any_store, DEFAULT_WORKSPACE, canary.id, settings=DeploySettings(), now=make.now)
    assert found.verdict is None
    assert "Waiting" in any_store.deployments.get(DEFAULT_WORKSPACE, canary.id).reason


def test_people_are_told_of_every_change_of_a_version_once(any_store: Store) -> None:
    _, canary = _ready(any_store)
    for _ in range(2):
        promote(any_store, DEFAULT_WORKSPACE, canary.id, reason="better", now=START)
    for _ in range(2):
        roll_back(
            any_store,
            DEFAULT_WORKSPACE,
            canary.id,
            verdict=Verdict.UNHEALTHY,
            reason="what a customer said",
            now=START,
        )
    told = any_store.notifications.list_rows(DEFAULT_WORKSPACE)
    said: dict[str, object] = {one.type: json.loads(one.body)["data"] for one in told}
    assert sorted(one.type for one in told) == ["canary.started", "version.promoted", "version.rolled_back"]
    assert said["version.rolled_back"] == {
        "workspace": "default",
        "agent": "support",
        "deployment": "dep",
        "version": 2,
        "candidate": "new",
        "stable": "old",
        "verdict": "unhealthy",
    }


def test_a_change_that_is_undone_is_told_to_nobody(any_store: Store) -> None:
    _, canary = _ready(any_store)

    def fail() -> None:
        with any_store.transaction():
            promote(any_store, DEFAULT_WORKSPACE, canary.id, reason="better", now=START)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [one.type for one in any_store.notifications.list_rows(DEFAULT_WORKSPACE)] == ["canary.started"]
