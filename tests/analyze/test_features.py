"""Conversations in a few structured words."""

from tests.conftest import Maker

from upspiral.analyze.features import (
    SEEN_AFTER,
    Features,
    conversation_features,
    error_kind,
    features,
    table,
)
from upspiral.domain import ToolCall, conversations
from upspiral.lexical import name_script


def test_an_interaction_is_described_by_model_tools_errors_and_metadata(make: Maker) -> None:
    calls = (ToolCall(name="search"), ToolCall(name="search", error="KeyError: 'id 7'"))
    turn = make.interaction(
        "How do I return item 7?", model="small", tool_calls=calls, metadata={"task": "returns"}
    )
    found = features(turn)
    assert found["model"] == "small"
    assert (found["tool"], found["tool calls"], found["tool errored"]) == ("search", 2, True)
    assert found["tool error"] == "KeyError"
    assert found["task"] == "returns"
    assert (found["question words"], found["question has numbers"]) == (6, True)
    assert found["hour"] == "12 to 18"


def test_metadata_never_hide_what_was_measured(make: Maker) -> None:
    found = features(make.interaction(model="small", metadata={"model": "boasted"}))
    assert found["model"] == "small"
    assert found["model (said)"] == "boasted"


def test_a_conversation_counts_its_turns_and_the_tools_of_all(make: Maker) -> None:
    first = make.interaction("One", conversation="c")
    second = make.interaction("Two", conversation="c", tool_calls=(ToolCall(name="pay", error="HTTP 502"),))
    found = conversation_features(conversations([first, second], {})[0])
    assert (found["turns"], found["tool errored"], found["tool calls"]) == (2, True, 1)
    assert (found["tool"], found["tool error"]) == ("pay", "HTTP 502")
    assert {"turns", "tool errored"} <= SEEN_AFTER


def test_ids_and_what_never_differs_make_no_column() -> None:
    rows: list[Features] = [{"id": f"x{n}", "same": "yes", "model": "ab"[n % 2], "n": n} for n in range(20)]
    assert set(table(rows)) == {"model", "n"}


def test_numbers_that_came_as_text_are_numbers() -> None:
    assert table([{"tokens": "12"}, {"tokens": "7"}, {}]) == {"tokens": [12.0, 7.0, None]}


def test_an_error_keeps_what_names_its_kind() -> None:
    assert error_kind("requests.exceptions.ReadTimeout: pool(42)") == "requests.exceptions.ReadTimeout"
    assert error_kind("HTTP 503 from upstream at 10.0.0.7") == "HTTP 503"
    assert error_kind("") == "error"


def test_the_script_of_a_question_is_told_from_its_letters() -> None:
    assert name_script("注文はどこですか") == "han or kana"
    assert name_script("Wo ist 4711?") == "latin"
