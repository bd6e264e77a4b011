"""Errors say what happened, what to do next, and to the operator alone where it was."""

import pytest

from upspiral import errors
from upspiral.errors import ConfigError, Conflict, ProviderError, Rejected, UpspiralError, suggest_name


def _family(of: type[UpspiralError] = UpspiralError) -> list[type[UpspiralError]]:
    return [of, *(one for child in of.__subclasses__() for one in _family(child))]


OURS = [one for one in _family() if one.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_every_error_explains_itself_where_nothing_else_is_said(kind: type[UpspiralError]) -> None:
    told = kind()
    assert told.message
    assert str(told).startswith(told.message)


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_every_error_is_in_the_family_tree_at_the_top_of_its_module(kind: type[UpspiralError]) -> None:
    assert kind.__name__ in (errors.__doc__ or "")


def test_the_hint_is_part_of_what_a_person_reads_and_the_detail_is_not() -> None:
    told = ConfigError("The port is taken.", hint="Choose another.", detail="127.0.0.1:8080")
    assert "The port is taken." in str(told)
    assert "Choose another." in str(told)
    assert "127.0.0.1" not in str(told)
    assert told.message == "The port is taken."


def test_only_what_may_help_is_tried_again() -> None:
    assert not Conflict().retryable
    assert not Rejected().retryable
    assert {one.__name__ for one in OURS if one.retryable and issubclass(one, ProviderError)} == {
        "RateLimited",
        "ProviderTimeout",
        "Unavailable",
    }


def test_an_unknown_name_is_answered_with_the_one_most_like_it_or_with_few_of_many() -> None:
    assert suggest_name("suport", ["support", "sales"]) == "Did you mean 'support'?"
    many = [f"agent-{number}" for number in range(50)]
    assert len(suggest_name("zzz", many)) < 200
