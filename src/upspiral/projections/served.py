"""Which agents, versions and models are served now? Read on every request, so kept in memory."""

import time
from threading import Lock

from msgspec import Struct

from upspiral.domain import Agent, AgentVersion, Deployment, ModelVersion
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, WorkspaceId
from upspiral.store import Store

MAX_SNAPSHOT_AGE_S = 0.25
"""A snapshot older than this is checked against the store."""
MAX_MISSES_PER_S = 50
"""So many unknown names a second are looked up in the store."""


class Served(Struct, frozen=True):
    """What one agent serves: its live version and, while a Deployment runs, the candidate."""

    agent: Agent
    live: AgentVersion
    live_model: ModelVersion
    deployment: Deployment | None = None
    candidate: AgentVersion | None = None
    candidate_model: ModelVersion | None = None


class Snapshot(Struct, frozen=True):
    """Everything the day reads on each request, without asking the store."""

    generation: tuple[int, int]
    agents: dict[AgentId, Served]

    def list_versions(self) -> list[AgentVersion]:
        """Give every version that answers somebody."""
        return [one for served in self.agents.values() for one in (served.live, served.candidate) if one]


class _Kept(Struct, frozen=True):
    """A snapshot, when it was read, and how many changes this process had made by then."""

    read_at: float
    changes: int
    snapshot: Snapshot


class ServedAgents:
    """The snapshot of every workspace.

    Args:
        store: Counts the changes of agents, so that a snapshot that is still right is not read again.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._snapshots: dict[WorkspaceId, _Kept] = {}
        self._misses = (0, 0)
        """In which second unknown names were asked for, and how many."""
        self._lock = Lock()

    def get(self, workspace: WorkspaceId = DEFAULT_WORKSPACE, *, wanted: str | None = None) -> Snapshot:
        """What is served now: own changes at once, those of other servers within a quarter of a second.

        Args:
            workspace: Whose agents.
            wanted: An agent's name; where it is not known, the store is asked again at once.
        """
        known = self._snapshots.get(workspace)
        if known and self._is_fresh(known, wanted):
            return known.snapshot
        with self._lock:
            changes, read_at = self._store.agents.changes, time.monotonic()
            generation = self._store.agents.generation(workspace)
            fresh = (
                known.snapshot
                if known and known.snapshot.generation == generation
                else _read(self._store, workspace, generation)
            )
            self._snapshots[workspace] = _Kept(read_at, changes, fresh)
        return fresh

    def _is_fresh(self, known: _Kept, wanted: str | None) -> bool:
        now = time.monotonic()
        if known.changes != self._store.agents.changes or now - known.read_at >= MAX_SNAPSHOT_AGE_S:
            return False
        if wanted is None or wanted in known.snapshot.agents:
            return True
        # A caller that guesses names must not turn every request into a query.
        second = int(now)
        self._misses = (second, self._misses[1] + 1) if self._misses[0] == second else (second, 1)
        return self._misses[1] > MAX_MISSES_PER_S


def _read(store: Store, workspace: WorkspaceId, generation: tuple[int, int]) -> Snapshot:
    running = {deployment.agent: deployment for deployment in store.deployments.running(workspace)}
    served = {}
    for agent in store.agents.all(workspace):
        live = store.agent_versions.get(workspace, agent.live)
        deployment = running.get(agent.id)
        candidate = store.agent_versions.get(workspace, deployment.candidate) if deployment else None
        served[agent.id] = Served(
            agent,
            live,
            store.model_versions.get(workspace, live.model),
            deployment,
            candidate,
            store.model_versions.get(workspace, candidate.model) if candidate else None,
        )
    return Snapshot(generation, served)
