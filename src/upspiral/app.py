"""Upspiral: builds the parts and offers the verbs."""

from contextlib import ExitStack
from copy import copy
from datetime import timedelta
from typing import Any, Self

from upspiral import capture
from upspiral.access import first_key
from upspiral.analyze.search import Alike, Memory
from upspiral.config import Settings
from upspiral.cycle.engine import Engine, Listener, Night
from upspiral.cycle.parts import STORIES
from upspiral.cycle.schedule import is_due
from upspiral.deploy.advance import take_back
from upspiral.deploy.hosts import Hosts
from upspiral.domain import Agent, Cycle, Deployment, Erasure, Story
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, CycleId, WorkspaceId
from upspiral.errors import Conflict
from upspiral.forgetting import forget_person
from upspiral.runtime import Runtime
from upspiral.store import Store
from upspiral.train.local import LocalTrainer


class Upspiral:
    """One process that owns a data folder: the store, the hosts and the nights.

    Use it as a context manager; leaving it stops every child process, and nights that are under way go on
    at the next start.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        workspace: WorkspaceId = DEFAULT_WORKSPACE,
        listeners: tuple[Listener, ...] = (),
    ) -> None:
        self.settings = settings
        self.workspace = workspace
        self._listeners = listeners
        self._exit = ExitStack()
        self._memories: dict[tuple[WorkspaceId, AgentId | None], Memory] = {}
        self.first_key: str | None = None
        """The key of the local commands, where it was made just now."""

    def __enter__(self) -> Self:
        data = self.settings.data
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with ExitStack() as opening:
            store = opening.enter_context(Store(self.settings.store_url))
            hosts = Hosts(settings=self.settings.deploy, logs=data / "logs")
            self.runtime = Runtime(self.settings, store, hosts, LocalTrainer())
            opening.callback(self.runtime.close)
            self.engine = Engine(self.runtime, self._listeners)
            opening.callback(self.engine.close)
            store.upgrade()
            store.workspaces.ensure(self.workspace, self.runtime.now())
            self.first_key = first_key(store, data, now=self.runtime.now())
            self.engine.launch()
            self._adopt()
            self._exit = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    def within(self, workspace: WorkspaceId) -> "Upspiral":
        """Give the same app as another workspace sees it."""
        if workspace == self.workspace:
            return self
        other = copy(self)
        other.workspace = workspace
        return other

    def begin(self, story: Story, agent: AgentId, **options: Any) -> Cycle:
        """Start a night, or one part of it, in the background.

        Args:
            story: Which page to run.
            agent: Whose night it is.
            options: ``forced``, ``share``, ``dataset`` and ``candidate`` of the Cycle.

        Raises:
            NotFound: There is no such agent.
            Conflict: Another night of the agent is under way.
        """
        store, now = self.runtime.store, self.runtime.now()
        store.agents.get(self.workspace, agent)
        with store.transaction():
            running = store.cycles.running(self.workspace, agent)
            if running:
                raise Conflict(
                    f"Night {running.id} of {agent!r} is under way ({running.reason or running.story}).",
                    hint="Wait for it; `upspiral status` shows where it stands.",
                )
            cycle = Cycle(
                id=CycleId(self.runtime.mint("cyc")),
                workspace=self.workspace,
                agent=agent,
                story=story,
                started=now,
                since=self._since(agent),
                until=now,
                **options,
            )
            store.cycles.add(cycle)
        self.engine.start(STORIES[story], Night(self.workspace, cycle.id))
        return cycle

    def begin_due(self) -> None:
        """Begin tonight's night of every agent whose time has come and that is not busy with one."""
        store, settings = self.runtime.store, self.settings.cycle
        for workspace in store.workspaces.all():
            for agent in store.agents.all(workspace.id):
                nights = store.cycles.of(workspace.id, agent.id, limit=10)
                busy = any(night.ended is None for night in nights)
                due = is_due(self.runtime.now(), nights, at=settings.at, zone=workspace.time_zone)
                if due and not busy:
                    self.within(workspace.id).begin(Story.IMPROVE, agent.id)

    def _adopt(self) -> None:
        """Start the nights that were written down, but killed before the engine knew of them."""
        for cycle in self.runtime.store.cycles.unfinished():
            night = Night(cycle.workspace, cycle.id)
            if not self.engine.knows(night):
                self.engine.start(STORIES[cycle.story], night)

    def alike(self, text: str, *, agent: AgentId | None, limit: int) -> list[Alike]:
        """Find past Interactions whose question is most like a text, the likest first."""
        memory = self._memories.setdefault((self.workspace, agent), Memory(self.workspace, agent))
        return memory.like(self.runtime.store, text, limit=limit)

    def join_early(self) -> int:
        """Join feedback that came before its Interaction, where that has come since."""
        store, settings = self.runtime.store, self.settings.capture
        work = self.runtime.writer.submit(
            lambda: capture.join_early(store, settings=settings, now=self.runtime.now())
        )
        return work.result()

    def erase(self, *, end_user: str | None = None, conversation: str | None = None) -> Erasure:
        """Erase everything about an end user or a conversation; give what was erased and what held it."""
        made = forget_person(self.runtime, self.workspace, end_user=end_user, conversation=conversation)
        for key in [key for key in self._memories if key[0] == self.workspace]:
            del self._memories[key]
        return made

    def purge(self) -> int:
        """Forget what is older than the setting says; give how many Interactions there were."""
        before = self.runtime.now() - timedelta(days=self.settings.capture.keep_days)
        store, total = self.runtime.store, 0
        while count := self.runtime.writer.submit(lambda: capture.purge(store, before=before)).result():
            total += count
        return total

    def rollback(self, agent: AgentId, *, reason: str = "Taken back by hand.") -> Deployment:
        """Take back the running canary, or else the version promoted last."""
        return take_back(self.runtime.store, self.workspace, agent, reason=reason, now=self.runtime.now())

    def agent(self, name: str) -> Agent:
        """Read an agent by its name."""
        return self.runtime.store.agents.get(self.workspace, name)

    def _since(self, agent: AgentId) -> Any:
        nights = self.runtime.store.cycles.of(self.workspace, agent)
        ended = [n.until for n in nights if n.story == Story.IMPROVE and n.ending not in (None, "failed")]
        earliest = self.runtime.now() - timedelta(days=self.settings.cycle.window_days)
        return max([earliest, *ended])


def upgrade_database(settings: Settings) -> tuple[str | None, str | None]:
    """Bring the database to the newest schema; give the revisions before and after."""
    with Store(settings.store_url) as store:
        before = store.revision()
        store.upgrade()
        return before, store.revision()


def database_revisions(settings: Settings) -> tuple[str | None, str | None]:
    """Give the schema revision of the database, and the newest there is."""
    with Store(settings.store_url) as store:
        return store.revision(), store.newest()


def has_keys(settings: Settings) -> bool:
    """Say whether the store knows any key that is not revoked."""
    with Store(settings.store_url) as store:
        if store.revision() != store.newest():
            return False
        return any(not key.revoked for w in store.workspaces.all() for key in store.keys.of(w.id))
