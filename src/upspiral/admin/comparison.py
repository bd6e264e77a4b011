"""How do two versions do on the same cases, asked by day? The comparison of a night, without its gate."""

from upspiral import evaluate
from upspiral.cycle.sides import get_side
from upspiral.domain import AgentVersion, Dataset, EvalReport
from upspiral.runtime import Runtime


async def compare_versions(
    runtime: Runtime, dataset: Dataset, *, candidate: AgentVersion, incumbent: AgentVersion
) -> EvalReport:
    """Let two versions answer the held-out cases of a Dataset and compare them; spends nothing of the ledger.

    Args:
        runtime: The parts.
        dataset: Whose held-out Examples are asked.
        candidate: The version that may be better.
        incumbent: The version that it is compared with.

    Raises:
        InvalidInput: The Dataset has no held-out cases.
    """
    return await evaluate.compare(
        runtime.store,
        candidate=get_side(runtime, candidate),
        incumbent=get_side(runtime, incumbent),
        cases=evaluate.CaseSet(dataset),
        scorer=runtime.scorer(dataset.workspace),
        cycle=None,
        settings=runtime.settings.evaluate,
        now=runtime.now(),
    )
