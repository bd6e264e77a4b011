"""How is a packed request unpacked without holding more than is allowed?"""

import zlib

from upspiral.errors import InvalidInput, TooLarge

WINDOW = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def unpack(body: bytes, encoding: str, *, limit: int) -> bytes:
    """Undo a Content-Encoding, never holding more than the limit.

    Args:
        body: As it came.
        encoding: ``gzip``, ``deflate``, ``identity`` or nothing.
        limit: Bytes allowed after unpacking.

    Raises:
        TooLarge: It unpacks to more.
        InvalidInput: It is cut short, damaged, or packed in another way.

    >>> import gzip
    >>> unpack(gzip.compress(b"spans"), "gzip", limit=100)
    b'spans'
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        if len(body) > limit:
            raise _too_large(limit)
        return body
    if encoding not in WINDOW:
        raise InvalidInput(f"The encoding {encoding[:40]!r} is not understood.", hint="Send gzip or none.")
    unpacker = zlib.decompressobj(WINDOW[encoding])
    try:
        found = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise InvalidInput(f"The body cannot be unpacked: {error}.", hint="Send it again.") from error
    if len(found) > limit:
        raise _too_large(limit)
    if not unpacker.eof or unpacker.unused_data:
        raise InvalidInput(f"The body is not one whole {encoding} stream.", hint="Send it again.")
    return found


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body unpacks to more than {limit:,} bytes.", hint="Send smaller batches.")
