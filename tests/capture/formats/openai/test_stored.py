"""Stored completions of OpenAI's."""

from tests.capture.formats.exported import STORED, one, read, shown

from upspiral.capture.formats import BadLine


def test_a_stored_completion_without_its_messages_says_where_to_find_them() -> None:
    [found] = read("openai-stored", {k: v for k, v in STORED.items() if k != "messages"})
    assert isinstance(found, BadLine)
    assert "/messages" in found.reason


def test_the_message_list_of_a_stored_completion_may_stand_as_the_api_gives_it() -> None:
    listed = {
        "object": "list",
        "data": [
            {"id": "m1", "role": "user", "content": None, "content_parts": [{"type": "text", "text": "Hi"}]}
        ],
    }
    assert shown(one("openai-stored", STORED | {"messages": listed}).interaction) == [("user", "Hi")]


def test_metadata_of_a_stored_completion_says_whose_it_is() -> None:
    found = one("openai-stored", STORED).interaction
    assert found.agent == "support"
    assert found.metadata["shop"] == "north"
