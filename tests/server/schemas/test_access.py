"""What a request about keys may hold."""

import pytest
from pydantic import ValidationError

from upspiral.domain import Scope
from upspiral.server.schemas.access import ErasureBody, KeyBody


@pytest.mark.parametrize("scope", [one.value for one in Scope])
def test_every_scope_can_be_asked_for_by_its_name(scope: str) -> None:
    assert KeyBody.model_validate({"name": "k", "scopes": [scope]}).scopes == [scope]


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"workspace": "A b"},
        {"per_minute": 0},
        {"per_minute": 10**7},
    ],
)
def test_a_key_that_grants_nothing_or_what_nobody_knows_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        KeyBody.model_validate({"name": "k", **wrong})


def test_a_key_may_record_and_judge_unless_it_says_otherwise() -> None:
    assert KeyBody.model_validate({"name": "k"}).scopes == ["ingest", "feedback"]


@pytest.mark.parametrize("wrong", [{"end_user": ""}, {"conversation": ""}, {"end_user": "a" * 201}])
def test_nobody_is_erased_by_an_empty_name(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ErasureBody.model_validate(wrong)
