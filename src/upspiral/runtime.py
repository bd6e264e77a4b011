"""What may a story use? The store, the hosts, the providers, the settings, the clock and the dice."""

import asyncio
import hmac
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Lock
from typing import TypeVar

from msgspec import Struct

from upspiral.capture.ingest_policy import IngestPolicy
from upspiral.capture.redaction import Redactor
from upspiral.capture.scales import Scales
from upspiral.config import Settings
from upspiral.deploy.hosts import HostEndpoint, Hosts
from upspiral.domain import Agent, AgentVersion, Deployment, Host, ModelVersion
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, AgentVersionId, ModelVersionId, WorkspaceId, mint
from upspiral.domain.schedule import doubt_clock
from upspiral.providers.address import Reach
from upspiral.providers.base import ChatModel
from upspiral.providers.embeddings import EmbeddingEndpoint
from upspiral.providers.keys import read_key
from upspiral.providers.openai_compatible import DEFAULT_PATIENCE, OpenAICompatible
from upspiral.providers.retry import Patience
from upspiral.routers import RouterPool
from upspiral.store import Store
from upspiral.store.repositories.access import Attempts
from upspiral.store.reserve import DiskReserve
from upspiral.store.writer import Writer
from upspiral.train.local import LocalTrainer

T = TypeVar("T")
SECRET = "secret"  # noqa: S105 - the name of a file
REDACT_AT_ONCE_CHARS = 20_000
"""Longer texts are redacted off the event loop, so that other requests go on."""
FRESH_S = 0.25
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


def utc_now() -> datetime:
    """Read the clock of this machine."""
    return datetime.now(UTC)


class _Kept(Struct, frozen=True):
    """A snapshot, when it was read, and how many changes this process had made by then."""

    read_at: float
    changes: int
    snapshot: Snapshot


@dataclass
class Runtime:
    """The parts of one process, built once."""

    settings: Settings
    store: Store
    hosts: Hosts
    trainer: LocalTrainer
    rng: Random = field(default_factory=Random)
    clock: Callable[[], datetime] = utc_now
    _admissions: dict[WorkspaceId, IngestPolicy] = field(default_factory=dict)
    _models: dict[tuple[ModelVersionId, HostEndpoint, float, Patience], OpenAICompatible] = field(
        default_factory=dict
    )
    _snapshots: dict[WorkspaceId, _Kept] = field(default_factory=dict)
    _misses: tuple[int, int] = (0, 0)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.writer = Writer(self.store.database)
        self.disk = DiskReserve(self.settings.data)
        self._started = self.now(), time.monotonic()
        self._redacting = ThreadPoolExecutor(2, "redacting")
        self.routers = RouterPool(self.settings, self.store, self.routable)

    @property
    def attempts(self) -> Attempts:
        """The requests that named an idempotency key."""
        return self.store.attempts

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.settings.data

    def job_folder(self, job: str) -> Path:
        """Where a training job keeps its files."""
        return (self.settings.train.work_folder or self.data / "runs").resolve() / job

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return self.clock()

    def doubt_clock(self) -> str | None:
        """Say why the present moment is not to be believed where something would be deleted by it."""
        now, (began, steady) = self.now(), self._started
        passed = timedelta(seconds=time.monotonic() - steady)
        newest = self.store.interactions.newest_at()
        return doubt_clock(now, newest, passed=passed, drift=now - began - passed)

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
        return await self.writer.write(do, rows=rows)

    def write_here(self, do: Callable[[], T]) -> T:
        """Write in one transaction of this thread, again where another writer was in the way.

        Raises:
            UpspiralError: What `do` raised; nothing of it was written.
        """
        return self.store.database.with_retry(do)

    def check_room(self) -> None:
        """Refuse to begin what costs money while its result could not be kept.

        Raises:
            StoreError: The disk is full, or the last writing failed a moment ago.
        """
        if self.store.database.is_sqlite:
            self.disk.check()
        self.writer.check()

    def admission(self, workspace: WorkspaceId) -> IngestPolicy:
        """What of a workspace's records may reach the disk, and may teach."""
        found = self._admissions.get(workspace)
        if found is None:
            settings = self.settings.capture
            key = hmac.digest(self._secret(), workspace.encode(), "sha256")
            redactor = Redactor(key, extra=settings.hide) if settings.redact else None
            found = self._admissions[workspace] = IngestPolicy(
                redactor, settings, Scales(settings.score_scales)
            )
        return found

    async def redact(self, do: Callable[[], T], *, chars: int) -> T:
        """Hide what must be hidden, in a thread of its own where the texts are long.

        Args:
            do: Asks an `IngestPolicy`.
            chars: About how many characters it looks at.
        """
        if chars <= REDACT_AT_ONCE_CHARS:
            return do()
        return await asyncio.get_running_loop().run_in_executor(self._redacting, do)

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

    def snapshot(self, workspace: WorkspaceId = DEFAULT_WORKSPACE, *, wanted: str | None = None) -> Snapshot:
        """What is served now: own changes at once, those of other servers within a quarter of a second.

        Args:
            workspace: Whose agents.
            wanted: An agent's name; where it is not known, the store is asked again at once.
        """
        known = self._snapshots.get(workspace)
        if known and self._is_fresh(known, wanted):
            return known.snapshot
        with self._lock:
            changes, read_at = self.store.agents.changes, time.monotonic()
            generation = self.store.agents.generation(workspace)
            fresh = (
                known.snapshot
                if known and known.snapshot.generation == generation
                else _read(self.store, workspace, generation)
            )
            self._snapshots[workspace] = _Kept(read_at, changes, fresh)
        return fresh

    def _is_fresh(self, known: _Kept, wanted: str | None) -> bool:
        now = time.monotonic()
        if known.changes != self.store.agents.changes or now - known.read_at >= FRESH_S:
            return False
        if wanted is None or wanted in known.snapshot.agents:
            return True
        second = int(now)
        self._misses = (second, self._misses[1] + 1) if self._misses[0] == second else (second, 1)
        return self._misses[1] > MAX_MISSES_PER_S

    def model(
        self,
        version: ModelVersion,
        *,
        timeout_s: float = 60,
        patience: Patience = DEFAULT_PATIENCE,
    ) -> OpenAICompatible:
        """Make a ModelVersion answerable; may start its host.

        Args:
            version: What is to answer.
            timeout_s: Longest time of one attempt.
            patience: How often and how long it is asked again.

        Raises:
            HostError: Its host does not start, or refuses it.
        """
        endpoint = self.hosts.endpoint(version)
        key = (version.id, endpoint, timeout_s, patience)
        known = self._models.get(key)
        if known is None:
            known = OpenAICompatible(
                version.name,
                endpoint.url,
                endpoint.model,
                endpoint.key,
                timeout_s=timeout_s,
                patience=patience,
                reach=self._reach(version),
            )
            self._models[key] = known
        return known

    def _reach(self, version: ModelVersion) -> Reach:
        """Which addresses a model may lead to: private ones where the operator defined the endpoint."""
        own = version.host == Host.LOCAL or version.workspace == DEFAULT_WORKSPACE
        if not own and version.url:
            own = self.store.model_versions.has_url(DEFAULT_WORKSPACE, version.url)
        return Reach(private=own, allowed=self.settings.providers.allowed_addresses)

    def version(self, workspace: WorkspaceId, version: AgentVersionId) -> tuple[AgentVersion, ChatModel]:
        """Read an AgentVersion and make its model answerable."""
        found = self.store.agent_versions.get(workspace, version)
        return found, self.model(self.store.model_versions.get(workspace, found.model))

    def teacher(self, agent: Agent) -> ChatModel | None:
        """The model that rewrites an agent's failures; None where none is set."""
        if agent.teacher is None:
            return None
        teacher = self.store.model_versions.get(agent.workspace, agent.teacher)
        return self.model(teacher, patience=Patience(max_busy_wait_s=self.settings.curate.max_busy_wait_s))

    def embedder(self) -> EmbeddingEndpoint | None:
        """What turns texts into vectors; None where words alone are compared."""
        chosen = self.settings.analyze
        if chosen.embeddings_url is None:
            return None
        declared = self.settings.providers.keys
        key = read_key(chosen.embeddings_key_env, chosen.embeddings_url, declared)
        return EmbeddingEndpoint(chosen.embeddings_url, chosen.embeddings_model, key)

    def namer(self) -> OpenAICompatible | None:
        """The model that names weaknesses; None where their own words do."""
        chosen = self.settings.analyze
        if chosen.naming_url is None:
            return None
        declared = self.settings.providers.keys
        key = read_key(chosen.naming_key_env, chosen.naming_url, declared)
        return OpenAICompatible(
            "naming", chosen.naming_url, chosen.naming_model, key, timeout_s=20, patience=Patience(2)
        )

    def close(self) -> None:
        """Stop every child process and close the store."""
        self._redacting.shutdown(cancel_futures=True)
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
