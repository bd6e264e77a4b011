"""Files are read from every API's shape, and put back into what was kept without them."""

import base64
import hashlib
from typing import Any

import pytest

from upspiral.domain.message import FilePart, Message, TextPart
from upspiral.wire.files import attach, data_url, read_file, split_extra

BYTES = b"hi"
DATA = base64.b64encode(BYTES).decode()


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("image_url", {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DATA}"}}),
        ("input_image", {"type": "input_image", "image_url": f"data:image/png;base64,{DATA}"}),
        ("image", {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": DATA}}),
    ],
)
def test_a_picture_within_a_message_is_the_same_in_every_apis_shape(kind: str, part: dict[str, Any]) -> None:
    found = read_file(part, kind)
    assert found is not None
    assert (found.media, found.media_type, found.data) == ("image", "image/png", DATA)
    assert data_url(found) == f"data:image/png;base64,{DATA}"


def test_a_file_elsewhere_is_named_by_its_address() -> None:
    found = read_file({"type": "image", "source": {"type": "url", "url": "https://x/a.png"}}, "image")
    assert found is not None
    assert data_url(found) == "https://x/a.png"


def test_bytes_that_were_kept_apart_are_put_back_where_they_are_still_there() -> None:
    digest = hashlib.sha256(BYTES).hexdigest()
    kept = FilePart(media="image", media_type="image/png", sha256=digest, size_bytes=2)
    gone = FilePart(media="image", media_type="image/png", sha256="0" * 64, size_bytes=2)
    asked = (Message("user", "x", parts=(TextPart("Look:"), kept, gone)),)
    [whole] = attach(asked, {digest: BYTES}.get)
    _, found, missing = whole.parts
    assert isinstance(found, FilePart)
    assert found.data == DATA
    assert missing == gone


def test_fields_of_the_part_and_of_the_object_within_it_are_told_apart() -> None:
    assert split_extra({"cache_control": 1, "image_url.detail": "low"}, "image_url") == (
        {"cache_control": 1},
        {"detail": "low"},
    )
    assert split_extra(None, "image_url") == ({}, {})
