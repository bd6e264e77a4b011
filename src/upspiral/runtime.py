"""What may a story use? The store, the hosts, the providers, the settings, the clock and the dice."""

import hmac
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Lock
from typing import TypeVar

from msgspec import Struct

from upspiral.capture.admit import Admission
from upspiral.capture.redaction import Redactor
from upspiral.capture.scales import Scales
from upspiral.config import Settings
from upspiral.deploy.hosts import Endpoint, Hosts
from upspiral.domain import Agent, AgentVersion, Deployment, ModelVersion
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, AgentVersionId, ModelVersionId, WorkspaceId, mint
from upspiral.providers.base import ChatModel
from upspiral.providers.embeddings import EmbeddingEndpoint
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.routers import Routers
from upspiral.store import Store
from upspiral.store.writer import Writer
from upspiral.train.local import LocalTrainer

T = TypeVar("T")
SECRET = "secret"  # noqa: S105 - the name of a file
FRESH_S = 0.25
"""A snapshot older than this is checked against the store."""


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


@dataclass
class Runtime:
    """The parts of one process, built once."""

    settings: Settings
    store: Store
    hosts: Hosts
    trainer: LocalTrainer
    rng: Random = field(default_factory=Random)
    _admissions: dict[WorkspaceId, Admission] = field(default_factory=dict)
    _models: dict[tuple[ModelVersionId, Endpoint, float, int], OpenAICompatible] = field(default_factory=dict)
    _snapshots: dict[WorkspaceId, tuple[float, Snapshot]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.writer = Writer(self.store.database)
        self.routers = Routers(self.settings, self.store, self.routable)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.settings.data

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)

    def mint(self, prefix: str) -> str:
        """A new id."""
        return mint(prefix, now=self.now(), rng=self.rng)

    def routable(self, workspace: WorkspaceId) -> list[AgentId]:
        """Everyone who may be chosen: all agents but the one that verifies."""
        verifier = self.settings.route.verifier
        return [name for name in self.snapshot(workspace).agents if name != verifier]

    async def write(self, do: Callable[[], T], *, rows: int = 1) -> T:
        """Write together with whoever else is writing; returns when it is on the disk.

        Args:
            do: Writes through the store, without waiting for anything.
            rows: About how many rows it writes.

        Raises:
            Busy: Too much is waiting to be written.
            UpspiralError: What `do` raised; nothing of it was written.
        """
        return await self.writer.written(do, rows=rows)

    def admission(self, workspace: WorkspaceId) -> Admission:
        """What of a workspace's records may reach the disk, and may teach."""
        found = self._admissions.get(workspace)
        if found is None:
            settings = self.settings.capture
            key = hmac.digest(self._secret(), workspace.encode(), "sha256")
            redactor = Redactor(key, extra=settings.hide) if settings.redact else None
            found = self._admissions[workspace] = Admission(redactor, settings, Scales(settings.score_scales))
        return found

    def _secret(self) -> bytes:
        """The installation's secret, made at first use."""
        if self.settings.secret:
            return self.settings.secret.get_secret_value().encode()
        file = self.data / SECRET
        if not file.exists():
            with suppress(FileExistsError):
                handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
                with os.fdopen(handle, "wb") as out:
                    out.write(os.urandom(32).hex().encode())
        return file.read_bytes()

    def snapshot(self, workspace: WorkspaceId = DEFAULT_WORKSPACE) -> Snapshot:
        """What is served now, at most a quarter of a second old."""
        known = self._snapshots.get(workspace)
        if known and time.monotonic() - known[0] < FRESH_S:
            return known[1]
        with self._lock:
            generation = self.store.agents.generation(workspace)
            fresh = (
                known[1]
                if known and known[1].generation == generation
                else _read(self.store, workspace, generation)
            )
            self._snapshots[workspace] = (time.monotonic(), fresh)
        return fresh

    def model(self, version: ModelVersion, *, attempts: int = 3, timeout_s: float = 60) -> OpenAICompatible:
        """Make a ModelVersion answerable; may start its host.

        Raises:
            HostError: Its host does not start, or refuses it.
        """
        endpoint = self.hosts.endpoint(version)
        known = self._models.get((version.id, endpoint, timeout_s, attempts))
        if known is None:
            known = OpenAICompatible(
                version.name,
                endpoint.url,
                endpoint.model,
                endpoint.key,
                timeout_s=timeout_s,
                attempts=attempts,
            )
            self._models[version.id, endpoint, timeout_s, attempts] = known
        return known

    def version(self, workspace: WorkspaceId, version: AgentVersionId) -> tuple[AgentVersion, ChatModel]:
        """Read an AgentVersion and make its model answerable."""
        found = self.store.agent_versions.get(workspace, version)
        return found, self.model(self.store.model_versions.get(workspace, found.model))

    def teacher(self, agent: Agent) -> ChatModel | None:
        """The model that rewrites an agent's failures; None where none is set."""
        if agent.teacher is None:
            return None
        return self.model(self.store.model_versions.get(agent.workspace, agent.teacher))

    def embedder(self) -> EmbeddingEndpoint | None:
        """What turns texts into vectors; None where words alone are compared."""
        chosen = self.settings.analyze
        if chosen.embeddings_url is None:
            return None
        key = os.environ.get(chosen.embeddings_key_env) if chosen.embeddings_key_env else None
        return EmbeddingEndpoint(chosen.embeddings_url, chosen.embeddings_model, key)

    def namer(self) -> OpenAICompatible | None:
        """The model that names weaknesses; None where their own words do."""
        chosen = self.settings.analyze
        if chosen.naming_url is None:
            return None
        key = os.environ.get(chosen.naming_key_env) if chosen.naming_key_env else None
        return OpenAICompatible(
            "naming", chosen.naming_url, chosen.naming_model, key, timeout_s=20, attempts=2
        )

    def close(self) -> None:
        """Stop every child process and close the store."""
        self.routers.close()
        self.writer.close()
        self.trainer.close()
        self.hosts.close()
        self.store.close()


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
