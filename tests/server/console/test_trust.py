"""Whom one can rely on is shown with its interval, and why a rater counts less."""

from tests.conftest import START

from upspiral.domain import RaterWeight
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.domain.learning.trust import DomainTrust, TrustScore
from upspiral.server.console.trust import to_domains, to_raters, to_scores


def _score(**more: object) -> TrustScore:
    about: dict[str, object] = {
        "agent_id": "support",
        "agent_name": "Support",
        "expected_success": 0.8,
        "expected_success_low": 0.7,
        "overall_trust_score": 0.756,
        "overall_trust": 0.756,
        "accuracy_score": 0.8,
        "consistency_score": 0.8,
        "timeliness_score": None,
        "reliability_score": 0.8,
        "confidence_factor": 1.0,
        "sample_size": 1234,
        "approval_rate": 0.8,
        "avg_quality_score": 80.0,
        "recommendation_strength": "very_strong",
        "strength": "very_strong",
        "trend": "declining",
        "one_rater_share": 0.6,
        "posterior": (
            DomainTrust(domain="refunds", mean=0.8, low=0.7, high=0.9, n=12.4),
            DomainTrust(domain="", mean=0.5, low=0.1, high=0.9, n=2.0),
        ),
    }
    return TrustScore(**{**about, **more})  # type: ignore[arg-type]


def test_an_agent_is_shown_with_its_lower_limit_and_a_warning() -> None:
    (row,) = to_scores([_score(warning="One rater gave 60 % of the verdicts.")]).rows
    assert [cell.text for cell in row] == [
        *("Support", "80.0 %", "70.0 %", "0.76", "very strong", "declining", "1,234"),
        "One rater gave 60 % of the verdicts.",
    ]
    assert row[5].tone == "bad"


def test_an_agent_of_which_nothing_is_expected_shows_a_dash() -> None:
    (row,) = to_scores([_score(expected_success=None, expected_success_low=None)]).rows
    assert [cell.text for cell in row[1:3]] == ["\N{EN DASH}", "\N{EN DASH}"]


def test_every_domain_has_a_row_and_the_one_without_a_name_says_so() -> None:
    rows = to_domains([_score()]).rows
    assert [[cell.text for cell in row] for row in rows] == [
        ["Support", "refunds", "80.0 % (70.0 to 90.0)", "12"],
        ["Support", "no domain", "50.0 % (10.0 to 90.0)", "2"],
    ]


def test_a_rater_is_shown_with_its_weight_and_why_and_the_next_page() -> None:
    rater = RaterWeight(
        id=RaterWeight.id_of("anna"),
        workspace=DEFAULT_WORKSPACE,
        at=START,
        voice="anna",
        weight=0.25,
        weight_good=0.25,
        weight_bad=0.25,
        votes=4321,
        checked=400,
        right=0.5,
        right_on_good=0.5,
        right_on_bad=0.5,
        typical=0.8,
        method="majority",
        reason="Votes as chance would.",
    )
    table = to_raters([rater], "abc")
    assert [cell.text for cell in table.rows[0]] == [
        *("anna", "0.25", "4,321", "50.0 %"),
        "Votes as chance would.",
    ]
    assert table.next == "abc"
