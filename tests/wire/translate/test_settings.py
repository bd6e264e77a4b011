"""Settings of one API in another's words."""

import pytest

from upspiral.wire.translate.apis import APIS, Api
from upspiral.wire.translate.settings import (
    DEFAULT_MAX_TOKENS,
    has_effect,
    read_settings,
    rename_setting,
    write_settings,
)

LIMIT = {"chat": "max_tokens", "responses": "max_output_tokens", "messages": "max_tokens"}


@pytest.mark.parametrize("source", APIS)
@pytest.mark.parametrize("target", APIS)
def test_a_limit_of_tokens_is_asked_in_every_api(source: Api, target: Api) -> None:
    refused: list[str] = []
    shared = read_settings({LIMIT[source]: 9}, source, refused)
    assert write_settings(shared, source, target, refused).sampling[LIMIT[target]] == 9
    assert refused == []


def test_where_an_api_requires_a_limit_there_is_one() -> None:
    shared = read_settings({}, "chat", [])
    assert write_settings(shared, "chat", "messages", []).sampling["max_tokens"] == DEFAULT_MAX_TOKENS
    assert "max_output_tokens" not in write_settings(shared, "chat", "responses", []).sampling


def test_what_another_api_lacks_is_refused_by_the_name_that_the_caller_wrote() -> None:
    refused: list[str] = []
    shared = read_settings({"stop": "END"}, "chat", refused)
    write_settings(shared, "chat", "responses", refused)
    assert refused == ["stop"]
    assert rename_setting("stop", "chat", "responses") is None
    assert rename_setting("stop", "chat", "messages") == "stop_sequences"


@pytest.mark.parametrize(
    ("name", "value", "effect"),
    [("n", 1, False), ("n", 2, True), ("logit_bias", {}, False), ("seed", 1, True)],
)
def test_a_setting_that_holds_anyway_has_no_effect(name: str, value: object, effect: bool) -> None:
    assert has_effect(name, value) is effect
