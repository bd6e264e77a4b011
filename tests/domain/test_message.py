"""Messages and their parts, as they are stored."""

import msgspec
import pytest

from upspiral.domain.message import (
    CallPart,
    FilePart,
    Message,
    OtherPart,
    Part,
    ReasoningPart,
    RefusalPart,
    TextPart,
)

PARTS: list[Part] = [
    TextPart("Look:"),
    ReasoningPart("Hm.", extra={"signature": "s"}),
    RefusalPart("I cannot."),
    FilePart(media="image", media_type="image/png", sha256="ab", size_bytes=2),
    CallPart(name="look", arguments='{"q": 1}', id="c1"),
    OtherPart({"type": "new", "deep": {"x": [1]}}),
]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_every_kind_of_part_is_told_apart_when_it_is_read_back(part: Part) -> None:
    told = Message("user", "x", parts=(part,))
    assert msgspec.json.decode(msgspec.json.encode(told), type=Message) == told


def test_a_message_of_words_alone_is_stored_without_empty_fields() -> None:
    assert msgspec.json.encode(Message("user", "Hi")) == b'{"role":"user","content":"Hi"}'
