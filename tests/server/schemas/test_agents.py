"""What a request about agents may hold."""

import pytest
from pydantic import ValidationError

from upspiral.server.schemas.agents import AgentBody, VersionBody

MODEL = {"model": "openai-compatible:gpt-x"}


@pytest.mark.parametrize("name", ["support", "gpt-4.1", "a_b", "A" * 64])
def test_an_agent_may_be_called_as_models_are(name: str) -> None:
    assert AgentBody.model_validate({"name": name, "model": MODEL}).name == name


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "a:b", "A" * 65, "é"])
def test_a_name_that_stands_in_no_path_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        AgentBody.model_validate({"name": name, "model": MODEL})


def test_a_version_of_no_change_is_one_that_begins_from_the_live_one() -> None:
    body = VersionBody.model_validate({})
    assert (body.of, body.instructions, body.rules, body.examples) == (None, None, None, None)


@pytest.mark.parametrize(
    "wrong", [{"rules": [""]}, {"examples": [{"question": "", "answer": "x"}]}, {"rules": ["x"] * 101}]
)
def test_empty_rules_and_too_many_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        VersionBody.model_validate(wrong)
