"""Are the shapes in which people keep conversations read, and their ratings counted?"""

import json
from typing import Any

import pytest
from tests.conftest import START

from upspiral.capture.formats.chat_jsonl import BadLine, Imported, parse
from upspiral.domain import Source
from upspiral.domain.ids import DEFAULT_WORKSPACE

TALK = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]


def _parse(*rows: Any, agent: str | None = None, copies: tuple[int, ...] = ()) -> list[Imported | BadLine]:
    lines = [json.dumps(row) for row in rows]
    return list(parse(lines, mapping={}, agent=agent, workspace=DEFAULT_WORKSPACE, now=START, copies=copies))


def _one(row: Any, agent: str | None = None, copy: int = 0) -> Imported:
    [found] = _parse(row, agent=agent, copies=(copy,))
    assert isinstance(found, Imported), found
    return found


@pytest.mark.parametrize(
    "row",
    [
        {"messages": TALK},
        {"messages": json.dumps(TALK)},
        {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}]},
        {"question": "Hi", "answer": "Hello."},
        {"prompt": "Hi", "completion": "Hello."},
        {"input": "Hi", "output": "Hello."},
        {"input": TALK[:1], "output": {"content": "Hello."}},
        {"instruction": "Hi", "input": "", "output": "Hello."},
        {"inputs": {"question": "Hi"}, "outputs": {"answer": "Hello."}},
    ],
)
def test_every_shape_gives_the_same_question_and_answer(row: dict[str, Any]) -> None:
    found = _one(row).interaction
    assert (found.question, found.answer, found.messages[-1].role) == ("Hi", "Hello.", "user")


def test_instructions_and_a_system_prompt_are_part_of_the_question() -> None:
    found = _one({"system": "Be kind.", "instruction": "Translate.", "input": "Hallo", "output": "Hello"})
    turns = [(one.role, one.content) for one in found.interaction.messages]
    assert turns == [("system", "Be kind."), ("user", "Translate.\n\nHallo")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"text": "a"}, "its fields are: text; name yours with --map"),
        ({"prompt": "a", "chosen": "b", "rejected": "c"}, "preference pair"),
        ({"messages": TALK, "rating": 9}, "its rating 9 is not 1 to 5"),
        ({"messages": TALK, "thumbs": "sideways"}, "neither up nor down"),
        ({"messages": [{"content": "x"}]}, "has no role"),
    ],
)
def test_a_row_that_cannot_be_read_says_what_was_seen(row: dict[str, Any], reason: str) -> None:
    [found] = _parse(row)
    assert isinstance(found, BadLine)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("said", "score", "source"),
    [
        ({"success": True}, 1.0, Source.VERIFIER),
        ({"success": "false"}, 0.0, Source.VERIFIER),
        ({"score": 0.4}, 0.4, Source.VERIFIER),
        ({"scores": {"Factuality": 0.6}}, 0.6, Source.VERIFIER),
        ({"thumbs": "up"}, 1.0, Source.USER_RATING),
        ({"thumbs": -1}, 0.0, Source.USER_RATING),
        ({"rating": 5}, 1.0, Source.USER_RATING),
        ({"rating": "2"}, 0.25, Source.USER_RATING),
        ({"feedback": "positive"}, 1.0, Source.USER_RATING),
        ({"feedback": {"thumbs": "down", "comment": "Wrong."}}, 0.0, Source.USER_RATING),
        ({"correction": "Good day."}, None, Source.USER_CORRECTION),
    ],
)
def test_what_a_row_says_of_its_answer_becomes_feedback(
    said: dict[str, Any], score: float | None, source: Source
) -> None:
    [found] = _one({"messages": TALK, **said}).feedback
    assert (found.score, found.source) == (score, source)
    assert set(_one({"messages": TALK, **said}).interaction.metadata) == set()


def test_the_id_follows_what_was_said_and_by_whom_and_not_the_line() -> None:
    row = {"messages": TALK}
    _, second = _parse({"question": "other", "answer": "x"}, row)
    assert isinstance(second, Imported)
    assert second.interaction.id == _one(row).interaction.id
    assert _one(row, agent="a").interaction.id != _one(row, agent="b").interaction.id
    assert _one(row).interaction.id != _one(row, copy=1).interaction.id


def test_arguments_and_answers_given_as_objects_stand_as_json() -> None:
    call = {"id": "c", "function": {"name": "f", "arguments": {"a": 1}}}
    turns = [TALK[0], {"role": "assistant", "content": None, "tool_calls": [call]}]
    found = _one({"messages": turns, "answer": {"t": 1}}).interaction
    assert json.loads(found.tool_calls[0].arguments) == {"a": 1}
    assert json.loads(found.answer) == {"t": 1}
