"""How much does a trace request hold? Counted before it is decoded, so that what is refused costs nothing."""

from collections.abc import Iterator

from upspiral.errors import TooLarge

RESOURCE_SPANS, SCOPE_SPANS, SPANS = 1, 2, 2
"""The numbers of the repeated fields on the way to a span."""
BYTES = 2
"""The wire type of a field that has a length."""


def check_protobuf(body: bytes, *, max_spans: int) -> None:
    """Count the spans of an ExportTraceServiceRequest by the lengths of its fields, without decoding them.

    What is no protobuf is not counted: decoding tells.

    Args:
        body: As it came, unpacked.
        max_spans: Spans allowed.

    Raises:
        TooLarge: There are more.
    """
    spans = 0
    for first, last in _fields(body, 0, len(body), number=RESOURCE_SPANS):
        for start, end in _fields(body, first, last, number=SCOPE_SPANS):
            for _ in _fields(body, start, end, number=SPANS):
                spans += 1
                if spans > max_spans:
                    raise too_many_spans(max_spans)


def too_many_spans(allowed: int) -> TooLarge:
    """Say that a request holds too many spans."""
    return TooLarge(
        f"The request holds more than {allowed:,} spans.", hint=f"Send at most {allowed:,} at once."
    )


def _fields(body: bytes, at: int, end: int, *, number: int) -> Iterator[tuple[int, int]]:
    """Give where each field of a number begins and ends; nothing more where the bytes make no sense."""
    while at < end:
        tag, at = _varint(body, at, end)
        kind = tag & 7
        if kind == BYTES:
            size, at = _varint(body, at, end)
            if at + size > end:
                return
            if tag >> 3 == number:
                yield at, at + size
            at += size
        elif kind == 0:
            _, at = _varint(body, at, end)
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            return


def _varint(body: bytes, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while at < end and shift < 64:
        byte = body[at]
        value |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return value, at
        shift += 7
    return value, end
