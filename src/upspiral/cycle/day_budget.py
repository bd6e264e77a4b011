"""Who pays for what people ask for by day? A budget of its own for each piece of work, as a night has one."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count

from upspiral import budget
from upspiral.domain import Cycle
from upspiral.domain.ids import AgentId, BudgetId, CycleId, WorkspaceId, derive
from upspiral.domain.night.budget import BY_DAY
from upspiral.places import hold_lock, read_folder_name
from upspiral.runtime import Runtime

LOCKS = "locks"
"""The folder of the locks of the work that is under way."""


@contextmanager
def open_day_budget(runtime: Runtime, workspace: WorkspaceId, agent: AgentId, *about: str) -> Iterator[Cycle]:
    """Give what calls by day are charged to, as those of a night are to theirs; it is no night, and not kept.

    Work that was cut off by a kill goes on with the same budget, so that no answer is paid for twice; where
    the same work is under way at this moment, this one has a budget of its own.

    Args:
        runtime: The parts.
        workspace: Whose money it is.
        agent: Whose limits hold, beside those of the settings.
        about: What is done, such as the ids of the two versions that are compared.
    """
    store, now = runtime.store, runtime.now()
    with ExitStack() as held:
        name = _hold_budget(runtime, workspace, (workspace, agent, *about), held)
        try:
            yield Cycle(id=CycleId(name), workspace=workspace, agent=agent, started=now, since=now, until=now)
        finally:
            budget.close(store, workspace, name, now=runtime.now())
            store.budgets.drop_unused(workspace, name)  # what was compared before is not asked again


def _hold_budget(
    runtime: Runtime, workspace: WorkspaceId, about: tuple[str, ...], held: ExitStack
) -> BudgetId:
    """Hold the lock of the first budget that is not closed, and that nobody else is charging calls to."""
    folder = read_folder_name(runtime.data)  # a server with another folder sees no lock of this one
    attempts = count()
    while True:
        name = BudgetId(derive(BY_DAY, folder, *about, str(next(attempts))))
        with ExitStack() as trying:
            if not trying.enter_context(hold_lock(runtime.data / LOCKS / name)):
                continue
            found = runtime.store.budgets.find(workspace, name)
            if found is None or not found.closed:
                held.push(trying.pop_all())
                return name
