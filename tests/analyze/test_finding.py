"""What both searches find is told once."""

from tests.analyze.test_identity import _pattern

from upspiral.analyze.finding import deduplicate
from upspiral.domain import Pattern

MOST = "abcdefghi"


def _text(members: str, p_value: float) -> Pattern:
    return _pattern("text", ("refund",), members, p_value=p_value)


def _slice(members: str, p_value: float) -> Pattern:
    return _pattern("slice", ("tool is pay",), members, p_value=p_value, conditions=(("tool", "pay"),))


def test_of_the_same_failures_the_more_certain_finding_is_told() -> None:
    assert [p.id for p in deduplicate([_text(MOST, 0.02)], [_slice(MOST + "z", 0.01)])] == ["slice"]
    assert [p.id for p in deduplicate([_text(MOST, 0.01)], [_slice(MOST + "z", 0.02)])] == ["text"]
    assert [p.id for p in deduplicate([_text(MOST, 0.01)], [_slice(MOST, 0.01)])] == ["text"]


def test_a_small_group_within_a_large_slice_is_a_weakness_of_its_own() -> None:
    assert len(deduplicate([_text("abc", 0.01)], [_slice(MOST, 0.0001)])) == 2
    assert len(deduplicate([_text("abcdefgh", 0.01)], [_slice("efghijkl", 0.0001)])) == 2
