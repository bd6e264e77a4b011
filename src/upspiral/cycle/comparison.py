"""How do two versions do on the same cases? The comparison of a night, and the same asked by day."""

from contextlib import nullcontext

from upspiral import evaluate
from upspiral.cycle.planning.paid_day import open_day_budget
from upspiral.domain import LOCAL_HOST, AgentVersion, Cycle, EvalReport, ModelVersion, Usage
from upspiral.domain.evaluation import AnswerUse
from upspiral.domain.night.budget import Purpose
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
