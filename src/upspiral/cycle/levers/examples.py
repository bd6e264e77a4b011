"""Would it help to see right answers to like questions? A memory of verified answers."""

import msgspec

from upspiral import curate
from upspiral.cycle.levers.base import Declined, Draft, DraftCost, DraftTask, Waiting
from upspiral.domain import Agent
from upspiral.plugin_kinds import LEVER
from upspiral.runtime import Runtime


@LEVER.register("examples")
class ExamplesLever:
    """Adds a night's verified answers to what a version remembers; the most alike go before a request."""

    name = "examples"

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def find_obstacle(self, agent: Agent) -> str | None:
        """Nothing stands in the way: every model reads examples."""
        return None

    def estimate(self, task: DraftTask) -> DraftCost:
        """Freezing what is there costs nothing."""
        return DraftCost()

    async def draft(self, task: DraftTask) -> Draft | Declined | Waiting:
        """Freeze what the live version remembers together with the teaching cases."""
        store, settings = self._runtime.store, self._runtime.settings.curate
        memory = self._runtime.write_here(
            lambda: curate.build_memory(
                store,
                task.dataset,
                before=task.live.memory,
                settings=settings,
                redact=self._runtime.admission(task.cycle.workspace).text,
                now=task.now,
            )
        )
        if not memory.size or memory.id == task.live.memory:
            left = ", ".join(f"{count} {reason}" for reason, count in memory.dropped.items())
            return Declined(f"Nothing new could be remembered{f': {left}' if left else ''}.")
        return Draft(
            version=msgspec.structs.replace(task.live, memory=memory.id),
            summary=f"a memory of {memory.size} verified answers, {memory.max_shown} at most are shown",
        )
