"""JSON that other programs wrote is read, whatever halves of characters stand in it."""

import msgspec
import pytest

from upspiral.storable import decode_json


@pytest.mark.parametrize(
    ("raw", "right"),
    [
        (rb'"\ud83d"', "\ufffd"),
        (rb'"\ude00\ud83d"', "\ufffd\ufffd"),
        (rb'"\ud83d\ude00"', "😀"),
        (rb'"\\ud83d"', "\\ud83d"),
        (rb'"\\\ud83d"', "\\\ufffd"),
        (b'"a\xc3("', "a\ufffd("),
    ],
)
def test_json_with_half_a_character_is_read(raw: bytes, right: str) -> None:
    assert decode_json(raw) == right


@pytest.mark.parametrize("raw", [b'{"a": ', b"[" * 50_000 + b"]" * 50_000, b'{"a":' * 50_000])
def test_what_is_no_json_or_nested_too_deeply_is_refused(raw: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_json(raw)
