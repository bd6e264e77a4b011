"""What may a story use? The store, the hosts, the providers, the settings, the clock and the dice."""

import asyncio
import hmac
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeVar

from upspiral.budget import Charge, Ledger, MeteredModel
from upspiral.budget import close as close_budget
from upspiral.budget.account import limit_most, to_nano_usd
from upspiral.capture.attachments import Attachments, folder_of
from upspiral.capture.ingest_policy import IngestPolicy
from upspiral.capture.pricing.prices import PriceBook
from upspiral.capture.redactors import make_redactor
from upspiral.capture.scales import Scales
from upspiral.config import Settings
from upspiral.deploy.hosts import HostEndpoint, Hosts
from upspiral.domain import LOCAL_HOST, Agent, AgentVersion, Cycle, ModelVersion, Usage
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    BudgetId,
    ModelVersionId,
    WorkspaceId,
    derive,
    mint,
)
from upspiral.domain.night.budget import OF_COPIES, Budget, Purpose
from upspiral.domain.schedule import doubt_clock
from upspiral.evaluate.config import JUDGE_SCORER
from upspiral.judges import Judge, PairJudge, make_judge
from upspiral.own_files import write_once
from upspiral.projections import MemoryPool, Projections, RouterPool, ServedAgents, Snapshot
from upspiral.projections.provider_keys import ProviderKeys
from upspiral.projections.refusals import StoredRefusals
from upspiral.providers.address import Reach
from upspiral.providers.base import ChatModel, Connection
from upspiral.providers.built_in import find_provider
from upspiral.providers.negotiate import RefusalMemory
from upspiral.providers.openai_compatible import DEFAULT_PATIENCE, OpenAICompatible
from upspiral.providers.retry import Patience
from upspiral.scorers import Scorer, scorer
from upspiral.service_models import ServiceModels
from upspiral.store import Store
from upspiral.store.repositories.access import Attempts
from upspiral.store.reserve import DiskReserve
from upspiral.store.writer import Writer
from upspiral.train.base import Trainer

Item = TypeVar("Item")
T = TypeVar("T")
SECRET = "secret"  # noqa: S105 - the name of a file
REDACT_AT_ONCE_CHARS = 20_000
"""Longer texts are redacted off the event loop, so that other requests go on."""
LOCAL_PROVIDER = "openai-compatible"
"""What our own hosts speak."""


def utc_now() -> datetime:
    """Read the clock of this machine."""
    return datetime.now(UTC)


def read_secret(settings: Settings) -> bytes:
    """Read the installation's secret, made at first use: that of the settings, or else of the data folder."""
    if settings.secret:
        return settings.secret.get_secret_value().encode()
    file = settings.data / SECRET
    if not file.exists():
        write_once(file, os.urandom(32).hex().encode())
    return file.read_bytes()


class Runtime:
    """The parts of one process, built once; nothing starts before it is used.

    Args:
        settings: Of the process.
        store: Where everything is kept.
        hosts: Make model versions answerable.
        trainer: Runs training jobs.
        keys: Those of providers; None for those of the environment and of the store.
        clock: Tells the time, in UTC.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        hosts: Hosts,
        trainer: Trainer,
        keys: ProviderKeys | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.keys = ProviderKeys(store, partial(read_secret, settings)) if keys is None else keys
        self.settings, self.store, self.hosts, self.trainer = settings, store, hosts, trainer
        self.clock, self.rng = clock, Random()
        self.writer = Writer(store.database)
        self.disk = DiskReserve(settings.data)
        self.refusals = RefusalMemory(clock, StoredRefusals(store, self.writer))
        self.services = ServiceModels(settings, self.keys, self.refusals)
        self.routers = RouterPool(settings, store, self.list_routable)
        self.projections = Projections(
            store, settings, routers=self.routers, clock=self.now, embedder=self.services.embedder
        )
        self.memories = MemoryPool(store, self.services.memory_embedder)
        self._served = ServedAgents(store)
        self._preloaded: dict[WorkspaceId, Snapshot] = {}
        self._admissions: dict[WorkspaceId, IngestPolicy] = {}
        self._keys: dict[WorkspaceId, bytes] = {}
        self._models: dict[tuple[ModelVersionId, HostEndpoint, float, Patience], OpenAICompatible] = {}
        self._started = self.now(), time.monotonic()
        self._redacting = ThreadPoolExecutor(2, "redacting")

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

    def list_routable(self, workspace: WorkspaceId) -> list[AgentId]:
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

    async def write_item(self, do: Callable[[list[Item]], Sequence[T]], item: Item, *, rows: int = 1) -> T:
        """Write an item together with others that the same `do` writes; see `Writer.write_item`."""
        return await self.writer.write_item(do, item, rows=rows)

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
            key = self.workspace_key(workspace)
            redactor = make_redactor(key, settings) if settings.redact else None
            found = self._admissions[workspace] = IngestPolicy(
                redactor, settings, Scales(settings.score_scales), self.attachments(workspace)
            )
        return found

    def workspace_key(self, workspace: WorkspaceId) -> bytes:
        """The key of a workspace's pseudonyms and hashes, which is never stored beside them."""
        if workspace not in self._keys:
            self._keys[workspace] = hmac.digest(read_secret(self.settings), workspace.encode(), "sha256")
        return self._keys[workspace]

    def attachments(self, workspace: WorkspaceId) -> Attachments:
        """The pictures and other files of a workspace's records."""
        most = int(self.settings.capture.max_attachment_mb * 1e6)
        return Attachments(folder_of(self.data, workspace), max_bytes=most)

    async def redact(self, do: Callable[[], T], *, chars: int) -> T:
        """Hide what must be hidden, in a thread of its own where the texts are long.

        Args:
            do: Asks an `IngestPolicy`.
            chars: About how many characters it looks at.
        """
        if chars <= REDACT_AT_ONCE_CHARS:
            return do()
        return await asyncio.get_running_loop().run_in_executor(self._redacting, do)

    def snapshot(self, workspace: WorkspaceId = DEFAULT_WORKSPACE, *, wanted: str | None = None) -> Snapshot:
        """What is served now: own changes at once, those of other servers within a quarter of a second.

        Args:
            workspace: Whose agents.
            wanted: An agent's name; where it is not known, the store is asked again at once.
        """
        found = self._served.get(workspace, wanted=wanted)
        if found is not self._preloaded.get(workspace):
            self._preloaded[workspace] = found
            self.memories.load_soon(found.list_versions())
        return found

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
            provider = find_provider(LOCAL_PROVIDER if version.host == LOCAL_HOST else version.host)
            connection = Connection(
                name=version.name,
                url=endpoint.url,
                key=endpoint.key,
                timeout_s=timeout_s,
                patience=patience,
                reach=self._reach(version),
            )
            upstream = provider.connect(connection)
            known = OpenAICompatible(
                version.name, endpoint.url, endpoint.model, upstream=upstream, memory=self.refusals
            )
            known.load_file = self.attachments(version.workspace).get
            known.reads_text_alone = version.host == LOCAL_HOST
            self._models[key] = known
        return known

    def _reach(self, version: ModelVersion) -> Reach:
        """Which addresses a model may lead to: private ones where the operator defined the endpoint."""
        own = version.host == LOCAL_HOST or version.workspace == DEFAULT_WORKSPACE
        if not own and version.url:
            own = self.store.model_versions.has_url(DEFAULT_WORKSPACE, version.url)
        return Reach(private=own, allowed=self.settings.providers.allowed_addresses)

    def version(
        self, workspace: WorkspaceId, version: AgentVersionId, charge: Charge | None = None
    ) -> tuple[AgentVersion, ChatModel]:
        """Read an AgentVersion and make its model answerable; a hosted one is charged to a night."""
        found = self.store.agent_versions.get(workspace, version)
        return found, self.meter_version(self.store.model_versions.get(workspace, found.model), charge)

    def teacher(self, agent: Agent, charge: Charge | None = None) -> ChatModel | None:
        """The model that rewrites an agent's failures; None where none is set."""
        if agent.teacher is None:
            return None
        teacher = self.store.model_versions.get(agent.workspace, agent.teacher)
        patience = Patience(max_busy_wait_s=self.settings.curate.max_busy_wait_s)
        return self.meter_version(teacher, charge, patience=patience)

    def get_night_limits(self, agent: Agent | None) -> tuple[int | None, float | None]:
        """Give the tokens and US dollars that a night of an agent may spend: the smaller limits rule."""
        every, own = self.settings.cycle, (agent.budget_tokens, agent.budget_usd) if agent else (None, None)
        return limit_most(every.budget_tokens, own[0]), limit_most(every.budget_usd, own[1])

    def charge(self, cycle: Cycle, purpose: Purpose) -> Charge:
        """Let calls for a purpose be paid out of a night's budget."""
        tokens, usd = self.get_night_limits(self.store.agents.find(cycle.workspace, cycle.agent))
        budget = Budget(
            id=BudgetId(cycle.id),
            workspace=cycle.workspace,
            agent=cycle.agent,
            at=cycle.started,
            limit_tokens=tokens,
            limit_nano_usd=to_nano_usd(usd),
        )
        return Charge(budget, purpose)

    def charge_shadow(self, workspace: WorkspaceId, agent: AgentId, purpose: Purpose) -> Charge:
        """Let calls be paid out of what copies of an agent's requests may take today."""
        now, limits = self.now(), self.settings.deploy
        days = ((now - timedelta(days=1)).date(), now.date())
        before, today = (BudgetId(derive(OF_COPIES, workspace, agent, str(day))) for day in days)
        close_budget(self.store, workspace, before, now=now)  # what it held and nobody settled is given back
        budget = Budget(
            id=today,
            workspace=workspace,
            agent=agent,
            at=now,
            limit_tokens=limits.shadow_daily_tokens,
            limit_nano_usd=to_nano_usd(limits.shadow_daily_usd),
        )
        return Charge(budget, purpose)

    def meter_version(
        self, version: ModelVersion, charge: Charge | None, *, patience: Patience = DEFAULT_PATIENCE
    ) -> ChatModel:
        """Make a ModelVersion answerable, and charge its calls to a night unless it is a local one."""
        model = self.model(version, patience=patience)
        return model if version.host == LOCAL_HOST else self.meter(model, charge)

    def meter(self, model: OpenAICompatible, charge: Charge | None) -> ChatModel:
        """Let every call of a model be reserved and settled; as it is where nobody is charged."""
        if charge is None:
            return model
        ledger = Ledger(self.store, charge.budget, self.now)

        def price(usage: Usage, answered_as: str) -> float | None:
            return self.price(usage, answered_as, model.model, url=model.upstream.url)

        return MeteredModel(model, ledger, purpose=charge.purpose, price=price)

    def price(self, usage: Usage, *names: str, url: str, at: datetime | None = None) -> float | None:
        """Price an answer by its host and the first of its model's names with a price, if any has one."""
        book, moment = PriceBook(self.settings.capture.prices), at or self.now()
        for name in dict.fromkeys(names):
            if name and (cost := book.price(usage, name, url=url, at=moment)) is not None:
                return cost
        return None

    def namer(self, charge: Charge | None = None) -> ChatModel | None:
        """The model that names weaknesses; None where their own words do."""
        namer = self.services.namer()
        return self.meter(namer, charge) if namer else None

    def scorer(self, workspace: WorkspaceId, charge: Charge | None = None) -> Scorer | PairJudge:
        """What a comparison measures answers by: the scorer that is set, or the judge.

        Raises:
            ConfigError: The judge is set, and no model for it.
        """
        name = self.settings.evaluate.scorer
        if name != JUDGE_SCORER:
            return scorer(name, success_at=self.settings.capture.success_at)
        chosen = self.settings.judge
        return PairJudge(self.judge(workspace, charge), chosen.tripwires, chosen.concurrency)

    def judge(self, workspace: WorkspaceId, charge: Charge | None = None) -> Judge:
        """Who says how good answers are.

        Raises:
            ConfigError: No model is set for it.
        """
        return make_judge(
            self.meter(self.services.judge(), charge), self.settings.judge, self.workspace_key(workspace)
        )

    def close(self) -> None:
        """Stop every child process and close the store."""
        self._redacting.shutdown(cancel_futures=True)
        self.memories.close()
        self.routers.close()
        self.writer.close()
        self.trainer.close()
        self.hosts.close()
        self.store.close()
