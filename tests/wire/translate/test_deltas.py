"""What each event of a host adds, in no API's words."""

from typing import Any

import pytest

from upspiral.domain.message import CallPart, TextPart
from upspiral.wire.reply import Reply
from upspiral.wire.translate.apis import Api
from upspiral.wire.translate.deltas import DELTAS, read_whole

WORDS: dict[Api, list[dict[str, Any]]] = {
    "chat": [{"choices": [{"index": 0, "delta": {"content": word}}]} for word in ("By ", "noon.")],
    "messages": [
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
            for word in ("By ", "noon.")
        ),
    ],
    "responses": [
        {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": word}
        for word in ("By ", "noon.")
    ],
}


@pytest.mark.parametrize("host", sorted(WORDS))
def test_words_of_every_host_add_up_to_the_same_text(host: Api) -> None:
    read = DELTAS[host]()
    deltas = [delta for event in WORDS[host] for delta in read(event)]
    assert {delta.kind for delta in deltas} == {"text"}
    assert "".join(delta.text for delta in deltas) == "By noon."
    assert len({delta.key for delta in deltas}) == 1


def test_an_answer_that_comes_in_one_piece_is_told_block_by_block() -> None:
    call = CallPart(name="look", arguments="{}", id="c1")
    words, called = read_whole(Reply(parts=(TextPart("Look."), call)))
    assert (words.kind, words.text) == ("text", "Look.")
    assert (called.kind, called.name, called.id, called.text) == ("call", "look", "c1", "{}")


@pytest.mark.parametrize("host", sorted(WORDS))
def test_events_that_say_nothing_of_the_answer_add_nothing(host: Api) -> None:
    read = DELTAS[host]()
    assert list(read({})) == []
    assert list(read({"type": "ping"})) == []
