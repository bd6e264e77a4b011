"""How do two versions do on the same cases? The comparison of a night, and the same asked by day."""

from upspiral import evaluate
from upspiral.domain import LOCAL_HOST, AgentVersion, Cycle, EvalReport, ModelVersion, Usage
from upspiral.domain.evaluation import AnswerUse
from upspiral.domain.night.budget import Purpose
from upspiral.runtime import Runtime


def get_side(
    runtime: Runtime,
    version: AgentVersion,
    cycle: Cycle | None = None,
    *,
    purpose: Purpose = Purpose.HELD_OUT,
) -> evaluate.Side:
    """Make a version answerable for a comparison, with its memory; a hosted one is charged to the night."""
    known = runtime.store.model_versions.get(version.workspace, version.model)
    charge = runtime.charge(cycle, purpose) if cycle else None
    return evaluate.Side(version, runtime.meter_version(known, charge), runtime.memories.recall)


async def compare_sides(
    runtime: Runtime,
    cases: evaluate.CaseSet,
    *,
    candidate: evaluate.Side,
    incumbent: evaluate.Side,
    cycle: Cycle | None = None,
) -> EvalReport:
    """Let both answer the cases and compare them, by the scorer or the judge that is set.

    Args:
        runtime: The parts.
        cases: Which are asked.
        candidate: May be better.
        incumbent: What it is compared with.
        cycle: The night that pays the judge; None by day, when nobody is charged.

    Raises:
        InvalidInput: There are no such cases.
        BudgetSpent: The night's budget does not bear all answers and verdicts.
    """
    workspace, charge = cases.dataset.workspace, runtime.charge(cycle, Purpose.JUDGE) if cycle else None
    return await evaluate.compare(
        runtime.store,
        candidate=candidate,
        incumbent=incumbent,
        cases=cases,
        scorer=runtime.scorer(workspace, charge),
        cycle=cycle.id if cycle else None,
        settings=runtime.settings.evaluate,
        now=runtime.now(),
    )


async def compare_versions(
    runtime: Runtime,
    cases: evaluate.CaseSet,
    *,
    candidate: AgentVersion,
    incumbent: AgentVersion,
    cycle: Cycle | None = None,
) -> EvalReport:
    """Make two versions answerable and compare them; see `compare_sides`."""
    return await compare_sides(
        runtime,
        cases,
        candidate=get_side(runtime, candidate, cycle),
        incumbent=get_side(runtime, incumbent, cycle),
        cycle=cycle,
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
