"""Examples are put together by type."""

import msgspec
import pytest

from upspiral.domain import Agent, GateDecision, Interaction, Pattern
from upspiral.domain.learning import TrustScore
from upspiral.server.openapi.examples import example_answer
from upspiral.server.paging import Page

NOUNS = [Agent, Interaction, Pattern, GateDecision, TrustScore, Page[Agent]]


@pytest.mark.parametrize("kind", NOUNS, ids=str)
def test_an_example_is_one_that_its_type_reads(kind: type) -> None:
    example = example_answer(kind)
    assert msgspec.convert(example, kind)
    assert msgspec.json.decode(msgspec.json.encode(example)) == example


def test_of_a_union_the_first_is_shown() -> None:
    assert example_answer(Agent | Pattern) == example_answer(Agent)
