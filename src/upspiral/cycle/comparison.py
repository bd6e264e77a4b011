"""How do two versions do on the same cases, and who pays? The comparison of a night, and the same by day."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import count

from upspiral import budget, evaluate
from upspiral.domain import LOCAL_HOST, AgentVersion, Cycle, EvalReport, ModelVersion, Usage
from upspiral.domain.evaluation import AnswerUse
from upspiral.domain.ids import AgentId, BudgetId, CycleId, WorkspaceId, derive
from upspiral.domain.night.budget import BY_DAY, Purpose
from upspiral.runtime import Runtime


def get_side(
    runtime: Runtime, version: AgentVersion, payer: Cycle, *, purpose: Purpose = Purpose.HELD_OUT
) -> evaluate.Side:
    """Make a version answerable for a comparison, with its memory; a hosted one is charged to the payer."""
    known = runtime.store.model_versions.get(version.workspace, version.model)
    model = runtime.meter_version(known, runtime.charge(payer, purpose))
    return evaluate.Side(version, model, runtime.memories.recall)


async def compare_sides(
    runtime: Runtime,
    cases: evaluate.CaseSet,
    *,
    candidate: evaluate.Side,
    incumbent: evaluate.Side,
    payer: Cycle,
    night: Cycle | None = None,
) -> EvalReport:
    """Let both answer the cases and compare them, by the scorer or the judge that is set.

    Args:
        runtime: The parts.
        cases: Which are asked.
        candidate: May be better.
        incumbent: What it is compared with.
        payer: The night that pays the judge, or what pays by day; see `open_day_budget`.
        night: The night whose comparison it is; None by day.

    Raises:
        InvalidInput: There are no such cases.
        BudgetSpent: The budget does not bear all answers and verdicts.
    """
    return await evaluate.compare(
        runtime.store,
        candidate=candidate,
        incumbent=incumbent,
        cases=cases,
        scorer=runtime.scorer(cases.dataset.workspace, runtime.charge(payer, Purpose.JUDGE)),
        cycle=night.id if night else None,
        settings=runtime.settings.evaluate,
        now=runtime.now(),
    )


async def compare_versions(
    runtime: Runtime,
    cases: evaluate.CaseSet,
    *,
    candidate: AgentVersion,
    incumbent: AgentVersion,
    night: Cycle | None = None,
) -> EvalReport:
    """Make two versions answerable and compare them, paid by a night or else by day; see `compare_sides`."""
    about = cases.dataset
    with (
        nullcontext(night)
        if night
        else open_day_budget(runtime, about.workspace, about.agent, candidate.id, incumbent.id, about.id)
    ) as payer:
        return await compare_sides(
            runtime,
            cases,
            candidate=get_side(runtime, candidate, payer),
            incumbent=get_side(runtime, incumbent, payer),
            payer=payer,
            night=night,
        )


def price_answers(runtime: Runtime, model: ModelVersion, use: AnswerUse | None) -> float | None:
    """Say what 1,000 answers of a model cost in US dollars, by some that it gave; those of a local model 0.

    None where no price is known, or nothing of the answers.
    """
    if use is None or not use.answers:
        return None
    spent = Usage(use.input_tokens, use.output_tokens)
    usd = 0.0 if model.host == LOCAL_HOST else runtime.price(spent, model.name, url=model.url or "")
    return None if usd is None else 1_000 * usd / use.answers


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
