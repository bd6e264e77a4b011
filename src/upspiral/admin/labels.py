"""Which of two answers is better, in a person's eyes? Takes labels of pairs, and asks the gate again."""

import asyncio
from typing import Literal

from upspiral import evaluate
from upspiral.cycle.comparison import add_shadow_pairs
from upspiral.domain import GateDecision
from upspiral.domain.ids import PairId, WorkspaceId
from upspiral.domain.judgment import PairLabel
from upspiral.errors import NotFound
from upspiral.runtime import Runtime

Better = Literal["candidate", "incumbent", "tie"]
"""Whose answer a person prefers."""
POINTS: dict[Better, float] = {"candidate": 1.0, "incumbent": -1.0, "tie": 0.0}


def give_label(
    runtime: Runtime, workspace: WorkspaceId, evaluation: str, *, pair: str, rater: str, better: Better
) -> PairLabel:
    """Write down what a person says of a pair; a second label of the same person replaces the first.

    Args:
        runtime: The parts.
        workspace: Whose.
        evaluation: The id of the comparison.
        pair: The key of one of its pairs.
        rater: The person's name.
        better: Whose answer is better.

    Raises:
        NotFound: There is no such comparison, or it has no such pair.
    """
    report = runtime.store.eval_reports.get(workspace, evaluation)
    found = next((one for one in report.pairs if one.key == pair), None)
    if found is None:
        raise NotFound(
            f"The evaluation {evaluation!r} has no pair {pair!r}.",
            hint="List its pairs; they are those of a comparison by a judge.",
        )
    label = PairLabel(
        id=PairLabel.id_of(PairId(pair), rater),
        workspace=workspace,
        agent=report.agent,
        report=report.id,
        pair=PairId(pair),
        slice=found.slice,
        rater=rater,
        value=POINTS[better],
        at=runtime.now(),
    )
    runtime.store.pair_labels.upsert(label)
    return label


def ask_gate(runtime: Runtime, workspace: WorkspaceId, evaluation: str) -> GateDecision:
    """Ask the gate about a comparison; decided once, but for one where too little was known of the judge.

    Pairs of copied requests come into a comparison on which nothing was tested yet.

    Raises:
        NotFound: There is no such comparison.
        ProviderError: The judge says nothing of the pairs that came since.
    """
    report = runtime.store.eval_reports.get(workspace, evaluation)
    report = asyncio.run(add_shadow_pairs(runtime, report))
    return evaluate.decide(runtime.store, report, settings=runtime.settings.evaluate, now=runtime.now())
