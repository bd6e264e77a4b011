"""Upspiral: builds the parts and offers the verbs."""

from collections.abc import Callable
from contextlib import ExitStack
from copy import copy
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from upspiral import capture
from upspiral.admin.agents import find_agent
from upspiral.admin.database import migrate
from upspiral.admin.erasure import erase_person, finish_erasures, purge_expired
from upspiral.admin.keys import create_bootstrap_key
from upspiral.config import Settings
from upspiral.cycle.implicit import grade_daily, judge_nightly
from upspiral.cycle.jobs import Recurring, run_due_jobs, run_now
from upspiral.cycle.planning.weaknesses import look_weekly
from upspiral.cycle.runner import NightRunner
from upspiral.deploy.hosts import Hosts
from upspiral.domain import Agent, Cycle, CycleKind, Deployment, Erasure
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, CycleId, WorkspaceId
from upspiral.domain.learning import Learned, LearningRun
from upspiral.domain.schedule import Schedule
from upspiral.errors import NotFound
from upspiral.isolation import run_each
from upspiral.own_files import make_own_folder
from upspiral.projections import RecommendationLearner
from upspiral.projections.provider_keys import ProviderKeys
from upspiral.projections.recommendations import describe_run
from upspiral.runtime import Runtime, read_secret, utc_now
from upspiral.store import Store
from upspiral.store.reserve import DiskReserve
from upspiral.train.launch import make_trainer

if TYPE_CHECKING:
    from upspiral.cycle.durable.engine import Engine


class App:
    """One process that owns a data folder: the store, the hosts and the nights.

    Use it as a context manager; leaving it stops every child process, and nights that are under way go on
    at the next start. Without ``nights`` they go on only once one begins here, so that a command that reads
    runs none, and any number of processes may read at the same time.
    Where several processes share the nights of a folder, those without leave them to those with ``nights``.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        workspace: WorkspaceId = DEFAULT_WORKSPACE,
        nights: bool = True,
        shared: bool = False,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.settings, self.workspace = settings, workspace
        self._nights, self._shared, self._clock = nights, shared, clock
        self._exit = ExitStack()
        self.recurring: list[Recurring] = []  # what a server does beside answering
        self.first_key: str | None = None
        """The key of the local commands, where it was made just now."""

    def __enter__(self) -> Self:
        data = self.settings.data
        make_own_folder(data)
        DiskReserve(data).begin()
        with ExitStack() as opening:
            store = opening.enter_context(Store(self.settings.store_url))
            own, keys = self.settings, ProviderKeys(store, partial(read_secret, self.settings))
            hosts = Hosts(settings=own.deploy, providers=own.providers, logs=data / "logs", keys=keys)
            trainer, clock = make_trainer(own.train), self._clock
            self.runtime = Runtime(own, store, hosts=hosts, trainer=trainer, keys=keys, clock=clock)
            opening.callback(self.runtime.close)
            self._runner = NightRunner(self.runtime, nights=self._nights, shared=self._shared)
            opening.callback(self._runner.close)
            if self._nights:
                self._runner.get_engine()
            migrate(store)
            store.workspaces.ensure(self.workspace, self.runtime.now())
            self.first_key = create_bootstrap_key(store, data, now=self.runtime.now())
            if self._nights:
                finish_erasures(self.runtime)
                self._runner.start()
            self._exit = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    def within(self, workspace: WorkspaceId) -> "App":
        """Give the same app as another workspace sees it."""
        if workspace == self.workspace:
            return self
        other = copy(self)
        other.workspace = workspace
        return other

    @property
    def engine(self) -> "Engine":
        """The durable engine of the nights; one process of a data folder has it.

        Raises:
            Conflict: Another process owns the data folder.
        """
        return self._runner.get_engine()

    def begin(self, story: CycleKind, agent: AgentId, **options: Any) -> Cycle:
        """Start a night, or one part of it, in the background; options are further fields of the Cycle."""
        return self._runner.begin(self.workspace, story, agent, **options)

    def cancel(self, cycle: CycleId, *, reason: str = "Cancelled by hand.") -> Cycle:
        """End a night by hand; its training is stopped and its canary rolled back."""
        return self._runner.cancel(self.workspace, cycle, reason=reason)

    def begin_due(self) -> None:
        """Do what is due in every workspace, then begin tonight's night of every agent."""
        runtime, every = self.runtime, self.runtime.store.workspaces.all()
        run_each("routines", every, lambda one: run_due_jobs(runtime, one, self.within(one.id).routines()))
        self._runner.begin_due()

    def routines(self) -> dict[str, Callable[[], str]]:
        """What is done again and again in the workspace, in order; each gives words."""
        return {
            "next_turn": lambda: judge_nightly(self.runtime, self.workspace),
            "judge": lambda: grade_daily(self.runtime, self.workspace),
            "raters": lambda: self.weigh().words,
            "refresh": lambda: describe_run(self.retest()),
            "learning": lambda: describe_run(self.learn()),
            "weaknesses": lambda: look_weekly(self.runtime, self.workspace),
            "trust": self.runtime.projections.trust(self.workspace).recompute,
            "purge": lambda: f"{self.purge()} Interactions were forgotten.",
        }

    def run_routine(self, name: str) -> Schedule:
        """Do one of them now; NotFound where there is none of that name."""
        routines = self.routines()
        if name not in routines:
            raise NotFound(f"There is no schedule {name!r}.", hint=f"There are {', '.join(routines)}.")
        return run_now(self.runtime, self.workspace, name, routines[name])

    @property
    def _learner(self) -> RecommendationLearner:
        return self.runtime.projections.learner(self.workspace)

    def learn(self, *, lookback_days: float = 7, min_confidence: float | None = None) -> LearningRun:
        """Run the learning cycle of the workspace over the last days."""
        span, store = timedelta(days=lookback_days), self.runtime.store
        return self._learner.run(store, lookback=span, min_confidence=min_confidence, clock=self.runtime.now)

    def retest(self) -> LearningRun | None:
        """Test what was learned last on what came since; None before the first cycle."""
        return self._learner.retest(self.runtime.store, clock=self.runtime.now)

    def read_learned(self) -> Learned | None:
        """What the newest learning cycle found; None before the first."""
        return self._learner.latest(self.runtime.store, clock=self.runtime.now)

    def join_early(self) -> int:
        """Join feedback that came before its Interaction, where that has come since."""
        store, settings, now = self.runtime.store, self.settings.capture, self.runtime.now
        return self.runtime.writer.submit(
            lambda: capture.join_early(store, settings=settings, now=now())
        ).result()

    def weigh(self) -> capture.RefitReport:
        """Learn whose word counts how much, and refold the Outcomes that it changes."""
        store, settings = self.runtime.store, self.settings.capture
        return capture.refit(store, self.workspace, settings=settings, now=self.runtime.now())

    def erase(self, *, end_user: str | None = None, conversation: str | None = None) -> Erasure:
        """Erase everything about an end user or a conversation; give what was erased and what held it."""
        made = erase_person(self.runtime, self.workspace, end_user=end_user, conversation=conversation)
        self.reread()
        return made

    def reread(self) -> None:
        """Read again what is kept in memory of the workspace, where something in it is gone or renamed."""
        self.runtime.projections.reset(self.workspace)

    def purge(self) -> int:
        """Forget what is older than the setting says; give how many Interactions there were."""
        if total := purge_expired(self.runtime, self.workspace):
            self.runtime.projections.reset_trust(self.workspace)
        return total

    def rollback(self, agent: AgentId, *, reason: str = "Rolled back by hand.") -> Deployment:
        """Roll back the running canary, or else the version promoted last; its night is over then."""
        undo = partial(self._runner.roll_back, self.workspace, agent, reason=reason)
        return self.runtime.disk.spend(undo)

    def agent(self, name: str) -> Agent:
        """Read an agent by its name; NotFound says what is most like it."""
        return find_agent(self.runtime, self.workspace, name)
