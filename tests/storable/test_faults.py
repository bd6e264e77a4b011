"""A fault says where it stands and what is wrong with it."""

import pytest
from tests.conftest import Maker

from upspiral.domain import Usage
from upspiral.domain.ids import AgentId
from upspiral.storable import faults


def test_every_field_of_a_record_is_looked_at_with_its_own_limit(make: Maker) -> None:
    record = make.interaction("a\0b", agent=AgentId("a" * 201), usage=Usage(1, 2, float("nan")))
    told = sorted(str(one) for one in faults(record))
    assert told == [
        "agent: it has 201 characters, at most 200 are kept",
        "messages.0.content: it holds the character U+0000",
        "usage.cost: it is not a finite number",
    ]


@pytest.mark.parametrize(
    ("value", "kind", "reason"),
    [
        ("\ud800", "text", "half a character"),
        (1e16, "number", "beyond 1e+15"),
        ({"a\0": 1}, "text", "in one of its names"),
    ],
)
def test_the_reason_names_what_is_wrong(value: object, kind: str, reason: str) -> None:
    [found] = faults(value)
    assert found.kind == kind
    assert reason in found.reason
