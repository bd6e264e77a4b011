"""Pairs with planted wins and losses."""

from collections.abc import Sequence

from tests.conftest import START

from upspiral.domain import EvalReport, Pair
from upspiral.domain.evaluation import SUCCESS_AT
from upspiral.domain.ids import AgentId, AgentVersionId, DatasetId, ExampleId, ReportId, WorkspaceId
from upspiral.evaluate.config import EvaluateSettings
from upspiral.evaluate.slices import by_slice, tally

Row = tuple[bool | None, bool | None, str]


def make_pairs(rows: Sequence[Row]) -> list[Pair]:
    return [
        Pair(
            example=ExampleId(f"ex{n}"),
            conversation=f"c{n}",
            slice=name,
            candidate=None if new is None else float(new),
            incumbent=None if old is None else float(old),
            candidate_answer="",
            incumbent_answer="",
            went_well=name.startswith("good"),
        )
        for n, (new, old, name) in enumerate(rows)
    ]


def make_report(pairs: Sequence[Pair]) -> EvalReport:
    """Make the report of pairs, by the usual settings."""
    return EvalReport(
        id=ReportId("rep"),
        workspace=WorkspaceId("default"),
        agent=AgentId("support"),
        candidate=AgentVersionId("new"),
        incumbent=AgentVersionId("old"),
        dataset=DatasetId("ds"),
        scorer="exact",
        at=START,
        overall=tally("overall", pairs, success_at=SUCCESS_AT),
        slices=by_slice(pairs, least=EvaluateSettings().slice_least, success_at=SUCCESS_AT),
        void=sum(p.candidate is None or p.incumbent is None for p in pairs),
        pairs=tuple(pairs),
    )
