"""A packed request is unpacked, within its limit."""

import gzip
import zlib

import pytest

from upspiral.capture.otlp.unpack import unpack
from upspiral.errors import InvalidInput, TooLarge

TEXT = b"spans " * 1_000


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(TEXT, mtime=0), "gzip"),
        (gzip.compress(TEXT, mtime=0), "x-gzip"),
        (zlib.compress(TEXT), "deflate"),
        (TEXT, "identity"),
        (TEXT, ""),
    ],
)
def test_every_encoding_gives_what_was_packed(body: bytes, encoding: str) -> None:
    assert unpack(body, encoding, limit=len(TEXT)) == TEXT


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_refused_without_being_unpacked(encoding: str) -> None:
    bomb = bytes(50_000_000)
    packed = gzip.compress(bomb, mtime=0) if encoding == "gzip" else zlib.compress(bomb)
    with pytest.raises(TooLarge):
        unpack(packed, encoding, limit=100_000)


@pytest.mark.parametrize(
    ("body", "encoding"), [(gzip.compress(TEXT, mtime=0)[:-9], "gzip"), (b"x", "gzip"), (TEXT, "br")]
)
def test_what_is_cut_damaged_or_packed_otherwise_is_refused(body: bytes, encoding: str) -> None:
    with pytest.raises(InvalidInput):
        unpack(body, encoding, limit=10**6)
