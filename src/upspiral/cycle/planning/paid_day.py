"""Who pays for what a person asks of models by day? A budget of its own, with the limits of a night."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from upspiral import budget
from upspiral.domain import Cycle
from upspiral.domain.ids import AgentId, BudgetId, CycleId, WorkspaceId, derive
from upspiral.domain.night.budget import BY_DAY
from upspiral.runtime import Runtime


@contextmanager
def open_day_budget(runtime: Runtime, workspace: WorkspaceId, agent: AgentId, *about: str) -> Iterator[Cycle]:
    """Give what calls by day are charged to, as those of a night are to theirs; it is no night, and not kept.

    Work that was cut off by a kill goes on with the same budget, so that no answer is paid for twice.

    Args:
        runtime: The parts.
        workspace: Whose money it is.
        agent: Whose limits hold, beside those of the settings.
        about: What is done, such as the ids of the two versions that are compared.
    """
    store, now = runtime.store, runtime.now()
    names = (BudgetId(derive(BY_DAY, workspace, agent, *about, str(attempt))) for attempt in count())
    known = ((name, store.budgets.find(workspace, name)) for name in names)
    name = next(name for name, found in known if found is None or not found.closed)
    try:
        yield Cycle(id=CycleId(name), workspace=workspace, agent=agent, started=now, since=now, until=now)
    finally:
        budget.close(store, workspace, name, now=runtime.now())
        store.budgets.drop_unused(workspace, name)  # what was compared before is not asked again
