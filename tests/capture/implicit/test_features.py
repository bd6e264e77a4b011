"""What comes after an answer becomes numbers and hashed texts, whatever the language."""

from tests.conftest import Maker

from upspiral.capture.implicit.features import HASHED_TEXTS, NUMBERS, extract_reply, list_followed, to_matrix
from upspiral.domain import Message, ToolCall


def test_the_last_turn_is_followed_by_nothing(make: Maker) -> None:
    turns = [make.interaction(conversation="c") for _ in range(3)]
    assert [one.id for one, _ in list_followed(turns)] == [turns[0].id, turns[1].id]
    assert list_followed(turns[:1]) == []


def test_the_reply_is_what_was_said_since_the_answer_by_user_and_tools() -> None:
    messages = [
        Message("system", "Be kind."), Message("user", "a"), Message("assistant", "b"),
        Message("tool", "12"), Message("user", "c"),
    ]  # fmt: skip
    assert extract_reply(messages) == "12\nc"


def test_a_sender_that_gives_only_the_new_message_is_understood() -> None:
    assert extract_reply([Message("system", "Be kind."), Message("user", "c")]) == "c"


def test_a_tool_that_is_called_again_after_it_failed_is_seen(make: Maker) -> None:
    call = ToolCall(name="search", error="timeout")
    turns = [make.interaction(conversation="c", tool_calls=(call,)) for _ in range(2)]
    [(_, found)] = list_followed(turns)
    assert found.tools & found.next_tools == {"search"}
    assert found.tool_errors == 2


def test_asking_the_same_again_is_alike_in_any_script(make: Maker) -> None:
    for asked, other in (
        ("где моя посылка", "спасибо"),
        ("我的包裹在哪里", "谢谢"),
        ("where is it", "thanks"),
    ):
        rows = []
        for reply in (asked, other):
            following = make.interaction(messages=(Message("user", reply),))
            [(_, found)] = list_followed([make.interaction(asked), following])
            rows.append(found)
        matrix = to_matrix(rows).toarray()
        assert matrix.shape == (2, NUMBERS + HASHED_TEXTS)
        assert matrix[0, NUMBERS - 3] > 0.99 > 0.5 > matrix[1, NUMBERS - 3]


def test_empty_and_very_long_texts_give_finite_numbers(make: Maker) -> None:
    turns = [make.interaction("", "", conversation="c"), make.interaction("x" * 10**6, "", conversation="c")]
    matrix = to_matrix([turn for _, turn in list_followed([*turns, turns[0]])])
    assert abs(matrix).max() < 10
