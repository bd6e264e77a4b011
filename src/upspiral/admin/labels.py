"""Which of two answers is better, in a person's eyes? Takes labels of pairs, and asks the gate again."""

import asyncio
from collections.abc import Mapping

from msgspec import Struct

from upspiral import evaluate
from upspiral.capture import give_feedback
from upspiral.cycle.comparison import add_shadow_pairs
from upspiral.domain import EvalReport, Feedback, GateDecision, Pair, Source
from upspiral.domain.feedback import LOST_SCORE, PREFERRED_SCORE, TIE_SCORE
from upspiral.domain.ids import FeedbackId, InteractionId, PairId, WorkspaceId, derive
from upspiral.domain.judgment import PairLabel
from upspiral.domain.judgment.blinding import Better
from upspiral.errors import NotFound
from upspiral.runtime import Runtime

POINTS: dict[Better, float] = {"candidate": 1.0, "incumbent": -1.0, "tie": 0.0}
SCORES: Mapping[float, tuple[float, str]] = {
    1.0: (PREFERRED_SCORE, "preferred to another answer"),
    0.0: (TIE_SCORE, "as good as another answer"),
    -1.0: (LOST_SCORE, "another answer preferred"),
}
"""What a label says of the answer that was given: its score, and the same in words."""


class GivenSide(Struct, frozen=True):
    """The side of a pair whose answer somebody was really given."""

    interaction: InteractionId
    sign: float
    """1 where it is the candidate, -1 where it is the incumbent."""


def give_label(
    runtime: Runtime, workspace: WorkspaceId, evaluation: str, *, pair: str, rater: str, better: Better
) -> PairLabel:
    """Write down what a person says of a pair; a second label of the same person replaces the first.

    Where one of the two answers was really given, the label is feedback about it too.

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
    runtime.write_here(lambda: _write_label(runtime, report, found, label))
    return label


def _write_label(runtime: Runtime, report: EvalReport, pair: Pair, label: PairLabel) -> None:
    """Write a label down, and what it says of an answer that was given, unless the person said so before."""
    before = runtime.store.pair_labels.find(label.workspace, label.id)
    runtime.store.pair_labels.upsert(label)
    given = _find_given(runtime, report, pair)
    said = before.value if before else 0.0  # who never found a difference says nothing by a tie
    if given and label.value != said:
        score, words = SCORES[given.sign * label.value]
        signal = Feedback(
            id=FeedbackId(derive("fb", label.id, given.interaction, label.at.isoformat())),
            workspace=label.workspace,
            interaction=given.interaction,
            at=label.at,
            source=Source.PREFERENCE,
            rater=label.rater,
            score=score,
            label=words,
            metadata={"evaluation": report.id, "pair": label.pair},
        )
        give_feedback(runtime.store, [signal], settings=runtime.settings.capture, now=label.at)


def _find_given(runtime: Runtime, report: EvalReport, pair: Pair) -> GivenSide | None:
    """Find which answer of a pair is the one that was recorded; None where neither is, or both are."""
    example = runtime.store.examples.find(report.workspace, pair.example)
    known = runtime.store.interactions.find(report.workspace, example.interaction) if example else None
    if known is None or not known.answer.strip():
        return None
    answers = {1.0: pair.candidate_answer, -1.0: pair.incumbent_answer}
    signs = [sign for sign, answer in answers.items() if answer.strip() == known.answer.strip()]
    return GivenSide(known.id, signs[0]) if len(signs) == 1 else None


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
