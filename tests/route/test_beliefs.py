"""What is believed of an agent in each domain."""

from tests.route.planted import FACTS, LEARNED, made

from upspiral.route.beliefs import SuccessBeliefs
from upspiral.route.policies.thompson import Thompson


def test_what_is_learned_in_one_domain_helps_in_another() -> None:
    found = made(Thompson(LEARNED), domains=("never seen",))
    assert found.probability("good") > found.probability("fair") > found.probability("poor")


def test_learning_at_once_is_the_same_as_one_by_one() -> None:
    one_by_one = SuccessBeliefs()
    for fact in FACTS:
        one_by_one = one_by_one.update(fact)
    assert one_by_one == LEARNED
