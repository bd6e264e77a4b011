"""Streams are the same, wherever the network cuts them."""

import json
from random import Random

import pytest

from upspiral.providers.dialects import CHAT
from upspiral.providers.sse import EventReader, EventSplitter

STREAM = (
    b": hello\n\n"
    + b"".join(
        b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": word}}]}).encode() + b"\n\n"
        for word in ("By", " no", "on.")
    )
    + b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)


def _cut(rng: Random, whole: bytes) -> list[bytes]:
    places = sorted(rng.sample(range(1, len(whole)), 9))
    return [whole[a:b] for a, b in zip([0, *places], [*places, len(whole)], strict=True)]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_events_are_the_same_wherever_the_stream_is_cut_and_whichever_newline_it_has(
    seed: int, newline: bytes
) -> None:
    whole = STREAM.replace(b"\n", newline)
    splitter = EventSplitter()
    found = [event for piece in _cut(Random(seed), whole) for event in splitter.feed(piece)]
    found += splitter.end()
    data = [event.data for event in found if event.data]
    assert len(data) == 5
    assert data[-1] == b"[DONE]"


@pytest.mark.parametrize("seed", range(4))
def test_the_answer_is_put_together_and_its_end_is_known(seed: int) -> None:
    assert CHAT.stream is not None
    reader = EventReader(CHAT.stream)
    for piece in _cut(Random(seed), STREAM):
        reader.feed(piece)
    assert reader.done
    assert (reader.reply().text, reader.reply().finish_reason) == ("By noon.", "stop")


def test_a_stream_that_breaks_off_is_not_done() -> None:
    assert CHAT.stream is not None
    reader = EventReader(CHAT.stream)
    reader.feed(STREAM[: STREAM.index(b"on.")])
    assert not reader.done


def test_the_last_event_may_lack_its_empty_line() -> None:
    splitter = EventSplitter()
    assert [event.data for event in splitter.feed(b"data: 1\n\ndata: 2")] == [b"1"]
    assert [event.data for event in splitter.end()] == [b"2"]


def test_lines_of_data_of_one_event_are_joined() -> None:
    [event] = EventSplitter().feed(b"event: x\ndata: a\ndata: b\n\n")
    assert event.data == b"a\nb"
