"""Upspiral: builds the parts and offers the verbs."""

from collections.abc import Callable
from contextlib import ExitStack
from copy import copy
from datetime import datetime
from typing import Any, Self

from upspiral import capture
from upspiral.access import first_key
from upspiral.analyze.learn import Learner, in_words
from upspiral.analyze.search import Alike, Memory
from upspiral.config import Settings
from upspiral.cycle.begin import begin, begin_due
from upspiral.cycle.end import cancel, roll_back
from upspiral.cycle.engine import Engine, Listener
from upspiral.cycle.keep import Keeper
from upspiral.cycle.routines import run_due, run_now
from upspiral.cycle.weaknesses import weekly
from upspiral.deploy.hosts import Hosts
from upspiral.domain import Agent, Cycle, Deployment, Erasure, Story
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, CycleId, WorkspaceId
from upspiral.domain.learning import Learned, LearningRun
from upspiral.domain.schedule import Schedule
from upspiral.errors import NotFound
from upspiral.forgetting import forget_old, forget_person
from upspiral.reputation import Reputations
from upspiral.runtime import Runtime, utc_now
from upspiral.store import Store
from upspiral.train.local import LocalTrainer
from upspiral.upkeep import bring_up


class Upspiral:
    """One process that owns a data folder: the store, the hosts and the nights.

    Use it as a context manager; leaving it stops every child process, and nights that are under way go on
    at the next start.
    Without ``nights`` they go on only once one begins here, so that a command that reads runs none.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        workspace: WorkspaceId = DEFAULT_WORKSPACE,
        listeners: tuple[Listener, ...] = (),
        nights: bool = True,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.settings = settings
        self._nights, self._clock = nights, clock
        self.workspace = workspace
        self._listeners = listeners
        self._exit = ExitStack()
        self._memories: dict[tuple[WorkspaceId, AgentId | None], Memory] = {}
        self._learners: dict[WorkspaceId, Learner] = {}
        self.first_key: str | None = None
        """The key of the local commands, where it was made just now."""

    def __enter__(self) -> Self:
        data = self.settings.data
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with ExitStack() as opening:
            store = opening.enter_context(Store(self.settings.store_url))
            hosts = Hosts(settings=self.settings.deploy, logs=data / "logs")
            self.runtime = Runtime(self.settings, store, hosts, LocalTrainer(), clock=self._clock)
            self.reputations = Reputations(self.runtime)
            opening.callback(self.runtime.close)
            self.engine = Engine(self.runtime, self._listeners)
            opening.callback(self.engine.close)
            bring_up(store)
            store.workspaces.ensure(self.workspace, self.runtime.now())
            self.first_key = first_key(store, data, now=self.runtime.now())
            self._keeper = Keeper(self.runtime, self.engine)
            opening.callback(self._keeper.close)
            if self._nights:
                self._keeper.start()
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
        """
        self._keeper.start()
        return begin(self.runtime, self.engine, self.workspace, story, agent, **options)

    def cancel(self, cycle: CycleId, *, reason: str = "Cancelled by hand.") -> Cycle:
        """End a night by hand; its training is stopped and its canary taken back."""
        return cancel(self.runtime, self.engine, self.workspace, cycle, reason=reason)

    def begin_due(self) -> None:
        """Do what is due in every workspace, then begin tonight's night of every agent."""
        for workspace in self.runtime.store.workspaces.all():
            run_due(self.runtime, workspace, self.within(workspace.id).routines())
        begin_due(self.runtime, self.engine)

    def routines(self) -> dict[str, Callable[[], str]]:
        """What is done again and again in the workspace, in order; each gives words."""
        return {
            "raters": lambda: self.weigh().words,
            "refresh": lambda: in_words(self.refresh()),
            "learning": lambda: in_words(self.learn()),
            "weaknesses": lambda: weekly(self.runtime, self.workspace),
            "trust": self.reputations.of(self.workspace).recompute,
            "purge": lambda: f"{self.purge()} Interactions were forgotten.",
        }

    def run_routine(self, name: str) -> Schedule:
        """Do one of them now.

        Raises:
            NotFound: There is none of that name.
        """
        routines = self.routines()
        if name not in routines:
            raise NotFound(f"There is no schedule {name!r}.", hint=f"There are {', '.join(routines)}.")
        return run_now(self.runtime, self.workspace, name, routines[name])

    def alike(self, text: str, *, agent: AgentId | None, limit: int) -> list[Alike]:
        """Find past Interactions whose question is most like a text, the likest first."""
        key = (self.workspace, agent)
        if key not in self._memories:
            self._memories[key] = Memory(self.workspace, agent, embedder=self.runtime.embedder())
        memory = self._memories[key]
        return memory.like(self.runtime.store, text, limit=limit)

    def learn(self, *, lookback_days: float = 7, min_confidence: float | None = None) -> LearningRun:
        """Run the learning cycle of the workspace over the last days."""
        settings = self.settings.analyze.learning
        if min_confidence is not None:
            settings = settings.model_copy(update={"min_pattern_confidence": min_confidence})
        return self._learner().run(
            self.runtime.store, lookback_days=lookback_days, settings=settings, clock=self.runtime.now
        )

    def refresh(self) -> LearningRun | None:
        """Hold what was learned last against what came since; None before the first cycle."""
        return self._learner().refresh(self.runtime.store, clock=self.runtime.now)

    def learned(self) -> Learned | None:
        """What the newest learning cycle found; None before the first."""
        return self._learner().latest(self.runtime.store, clock=self.runtime.now)

    def _learner(self) -> Learner:
        made = Learner(self.workspace, self.settings.analyze.learning)
        return self._learners.setdefault(self.workspace, made)

    def join_early(self) -> int:
        """Join feedback that came before its Interaction, where that has come since."""
        store, settings = self.runtime.store, self.settings.capture
        work = self.runtime.writer.submit(
            lambda: capture.join_early(store, settings=settings, now=self.runtime.now())
        )
        return work.result()

    def weigh(self) -> capture.Weighed:
        """Learn whose word counts how much, and fold anew the Outcomes that it changes."""
        store, settings = self.runtime.store, self.settings.capture
        return capture.weigh(store, self.workspace, settings=settings, now=self.runtime.now())

    def erase(self, *, end_user: str | None = None, conversation: str | None = None) -> Erasure:
        """Erase everything about an end user or a conversation; give what was erased and what held it."""
        made = forget_person(self.runtime, self.workspace, end_user=end_user, conversation=conversation)
        self.reputations.forget(self.workspace)
        self._learner().forget()
        for key in [key for key in self._memories if key[0] == self.workspace]:
            del self._memories[key]
        return made

    def purge(self) -> int:
        """Forget what is older than the setting says; give how many Interactions there were."""
        total = forget_old(self.runtime, self.workspace)
        if total:
            self.reputations.forget(self.workspace)
        return total

    def rollback(self, agent: AgentId, *, reason: str = "Taken back by hand.") -> Deployment:
        """Take back the running canary, or else the version promoted last; its night is over then."""
        return roll_back(self.runtime, self.engine, self.workspace, agent, reason=reason)

    def agent(self, name: str) -> Agent:
        """Read an agent by its name."""
        return self.runtime.store.agents.get(self.workspace, name)
