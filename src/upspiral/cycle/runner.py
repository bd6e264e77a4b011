"""Who runs the nights of this process? The durable engine and its keeper, imported when needed."""

from threading import Lock
from typing import TYPE_CHECKING, Any

from upspiral.domain import Cycle, CycleKind, Deployment
from upspiral.domain.ids import AgentId, CycleId, WorkspaceId
from upspiral.runtime import Runtime

if TYPE_CHECKING:
    from upspiral.cycle.durable.engine import Engine
    from upspiral.cycle.keep import Keeper


class NightRunner:
    """The engine of a process and its keeper, made when first needed, for the engine locks the folder.

    What runs nights is imported here, not above: a command that only reads starts at once.

    Args:
        runtime: The parts.
        nights: Does this process run nights by itself, or only those that begin here?
        shared: Do several processes share the nights? One without ``nights`` then leaves all to the others.
    """

    def __init__(self, runtime: Runtime, *, nights: bool = True, shared: bool = False) -> None:
        self._runtime = runtime
        self._shared, self._hands_over = shared, shared and not nights
        self._lock = Lock()
        self._made: tuple[Engine, Keeper] | None = None

    def get_engine(self) -> "Engine":
        """Give the engine.

        Raises:
            Conflict: Another process owns the data folder.
        """
        engine = self._parts()[0]
        engine.take_place()
        return engine

    def start(self) -> None:
        """Go on with the nights that nobody runs, from now on."""
        self._parts()[1].start()

    def begin(self, workspace: WorkspaceId, story: CycleKind, agent: AgentId, **options: Any) -> Cycle:
        """Start a night, or one part of it, in the background; options are further fields of the Cycle."""
        from upspiral.cycle.triggers import begin

        if not self._hands_over:
            self.start()
        engine = None if self._hands_over else self.get_engine()
        return begin(self._runtime, engine, workspace, story, agent, **options)

    def begin_due(self) -> None:
        """Begin tonight's night of every agent."""
        from upspiral.cycle.triggers import start_due

        start_due(self._runtime, self.get_engine())

    def cancel(self, workspace: WorkspaceId, cycle: CycleId, *, reason: str) -> Cycle:
        """End a night; its training is stopped and its canary rolled back."""
        from upspiral.cycle.end import cancel

        return cancel(self._runtime, self._find_engine(), workspace, cycle, reason=reason)

    def roll_back(self, workspace: WorkspaceId, agent: AgentId, *, reason: str) -> Deployment:
        """Roll back the running canary, or else the version promoted last; its night is over then."""
        from upspiral.cycle.end import roll_back

        return roll_back(self._runtime, self._find_engine(), workspace, agent, reason=reason)

    def _find_engine(self) -> "Engine":
        """Give the engine to what ends a night; whoever runs it sees that it has ended."""
        return self._parts()[0] if self._hands_over else self.get_engine()

    def close(self) -> None:
        """Stop; what is under way goes on at the next start."""
        if self._made:
            engine, keeper = self._made
            keeper.close()
            engine.close()

    def _parts(self) -> "tuple[Engine, Keeper]":
        from upspiral.cycle.durable.engine import Engine
        from upspiral.cycle.keep import Keeper
        from upspiral.cycle.notifiers import make_notifiers

        with self._lock:
            if self._made is None:
                notifiers = make_notifiers(self._runtime.settings)
                engine = Engine(self._runtime, notifiers, shared=self._shared)
                self._made = engine, Keeper(self._runtime, engine)
            return self._made
