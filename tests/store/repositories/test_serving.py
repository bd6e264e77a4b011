"""Deployments move along their table of states."""

import pytest
from tests.conftest import START

from upspiral.domain import Deployment, DeploymentState
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, AgentVersionId, DeploymentId
from upspiral.errors import InvalidTransition
from upspiral.store import Store

SUPPORT = AgentId("support")


def test_a_deployment_moves_only_along_its_table(any_store: Store) -> None:
    canary = Deployment(
        id=DeploymentId("dep"),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        candidate=AgentVersionId("new"),
        stable=AgentVersionId("old"),
        share=0.1,
        started=START,
    )
    any_store.deployments.add(canary)
    any_store.deployments.move(canary, DeploymentState.ROLLED_BACK)
    with pytest.raises(InvalidTransition, match="canary"):
        any_store.deployments.move(canary, DeploymentState.PROMOTED)
