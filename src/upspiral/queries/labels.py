"""Which pairs wait for a person's label, and what was said of the others?"""

from collections.abc import Iterator

from msgspec import Struct

from upspiral.domain import EvalReport, Split
from upspiral.domain.ids import PairId, ReportId, WorkspaceId
from upspiral.domain.judgment import PairLabel
from upspiral.evaluate.label_order import order_pairs
from upspiral.judges.question import render_question
from upspiral.runtime import Runtime


class PairToLabel(Struct, frozen=True, kw_only=True):
    """A question with two answers. Whoever shows it to people shows the answers in an order of its own."""

    evaluation: ReportId
    pair: PairId
    slice: str
    question: str
    candidate_answer: str
    incumbent_answer: str
    labels: int
    """People who have labeled it."""


def list_pairs_to_label(
    runtime: Runtime, workspace: WorkspaceId, evaluation: str, *, rater: str | None
) -> list[PairToLabel]:
    """Give the pairs of a comparison in the order in which they are to be labeled.

    Args:
        runtime: The parts.
        workspace: Whose.
        evaluation: The id of the comparison.
        rater: Leaves out what this person has labeled; None for all pairs.

    Raises:
        NotFound: There is no such comparison.
    """
    report = runtime.store.eval_reports.get(workspace, evaluation)
    labels = runtime.store.pair_labels.of_report(workspace, report.id)
    mine = {one.pair for one in labels if one.rater == rater}
    return [one for one in _read_pairs(runtime, report, labels) if one.pair not in mine]


def list_labels(runtime: Runtime, workspace: WorkspaceId, evaluation: str) -> list[PairLabel]:
    """Give all labels of the pairs of a comparison, oldest first.

    Raises:
        NotFound: There is no such comparison.
    """
    report = runtime.store.eval_reports.get(workspace, evaluation)
    return runtime.store.pair_labels.of_report(workspace, report.id)


def _read_pairs(runtime: Runtime, report: EvalReport, labels: list[PairLabel]) -> Iterator[PairToLabel]:
    cases = runtime.store.examples.of(report.workspace, report.dataset, Split.HELDOUT)
    questions = {case.id: render_question(case.messages) for case in cases}
    for pair in order_pairs(report.pairs):
        if pair.key and pair.example in questions:  # else its person was erased
            yield PairToLabel(
                evaluation=report.id,
                pair=pair.key,
                slice=pair.slice,
                question=questions[pair.example],
                candidate_answer=pair.candidate_answer,
                incumbent_answer=pair.incumbent_answer,
                labels=sum(one.pair == pair.key for one in labels),
            )
