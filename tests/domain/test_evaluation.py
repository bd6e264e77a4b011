"""What a comparison and a decision say of themselves."""

from tests.conftest import START

from upspiral.domain import Check, EvalReport, GateDecision, Slice
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    DatasetId,
    DecisionId,
    ReportId,
)


def test_the_gain_is_the_candidates_rate_minus_the_incumbents() -> None:
    overall = Slice(
        name="overall",
        n=4,
        wins=1,
        losses=2,
        candidate_rate=0.25,
        incumbent_rate=0.5,
        gain_low=-0.9,
        gain_high=0.4,
    )
    report = EvalReport(
        id=ReportId("rep"),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("support"),
        candidate=AgentVersionId("new"),
        incumbent=AgentVersionId("old"),
        dataset=DatasetId("ds"),
        scorer="exact",
        at=START,
        overall=overall,
        slices=(),
        void=0,
        pairs=(),
    )
    assert report.gain == -0.25


def test_a_decision_names_the_checks_that_failed_in_their_order() -> None:
    checks = tuple(
        Check(name=name, passed=passed, detail="")
        for name, passed in (("a", False), ("b", True), ("c", False))
    )
    decision = GateDecision(
        id=DecisionId("dec"),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("support"),
        report=ReportId("rep"),
        at=START,
        passed=False,
        alpha=0.05,
        p_value=0.5,
        checks=checks,
    )
    assert [one.name for one in decision.refusals] == ["a", "c"]
