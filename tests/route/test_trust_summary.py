"""What is shown of an agent rests on its domains where there are any, else on all verdicts."""

import pytest

from upspiral.domain.learning import DomainTrust
from upspiral.route.trust_score import TrustFact, fold
from upspiral.route.trust_summary import MAX_DOMAINS, AgentTrust, sort_scores, to_trust_score


def domain(name: str, *, mean: float, n: float) -> DomainTrust:
    return DomainTrust(domain=name, mean=mean, low=mean - 0.1, high=mean + 0.1, n=n)


def verdicts(rater: str, count: int, approved: float) -> list[TrustFact]:
    return [TrustFact(id=f"{rater}{i}", at=i, approved=approved, rater=rater) for i in range(count)]


def test_the_expected_success_is_the_mean_over_domains_by_their_outcomes() -> None:
    beliefs = (domain("law", mean=0.9, n=30), domain("tax", mean=0.5, n=10))
    score = to_trust_score("ann", AgentTrust("Ann", fold(verdicts("eva", 4, 0.0))), beliefs)
    assert score.expected_success == pytest.approx(0.8)
    assert score.expected_success_low == pytest.approx(0.7)


def test_without_domains_all_verdicts_and_an_even_prior_decide() -> None:
    score = to_trust_score("ann", AgentTrust("", fold(verdicts("eva", 8, 1.0))), ())
    assert score.agent_name == "ann"
    assert score.expected_success == pytest.approx(9 / 10)
    nothing = to_trust_score("bob", AgentTrust("", fold(())), ())
    assert nothing.expected_success is None


def test_one_rater_behind_most_verdicts_is_warned_of() -> None:
    mixed = AgentTrust("", fold([*verdicts("eva", 3, 1.0), *verdicts("max", 2, 1.0)]))
    assert to_trust_score("ann", mixed, ()).warning == "60% of the verdicts are by 'eva' alone."
    even = AgentTrust("", fold([*verdicts("eva", 2, 1.0), *verdicts("max", 2, 1.0)]))
    assert to_trust_score("ann", even, ()).warning is None


def test_the_one_that_most_probably_succeeds_comes_first_and_few_domains_are_shown() -> None:
    many = tuple(domain(f"d{i}", mean=0.7, n=5) for i in range(MAX_DOMAINS + 5))
    scores = [
        to_trust_score("new", AgentTrust("", fold(())), ()),
        to_trust_score("good", AgentTrust("", fold(())), (domain("law", mean=0.8, n=5),)),
        to_trust_score("broad", AgentTrust("", fold(())), many),
    ]
    assert [one.agent_id for one in sort_scores(scores)] == ["good", "broad", "new"]
    assert len(scores[2].posterior) == MAX_DOMAINS
