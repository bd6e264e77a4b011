"""How is JSON read that holds what no database keeps: half a character, or a number that is not finite?"""

import json
import re
from typing import Any

import msgspec

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def decode_json(raw: bytes, *, type: Any = Any) -> Any:
    r"""Read JSON that may hold half a character, such as an emoji that was cut in two; it becomes U+FFFD.

    Numbers that are not finite, which JSON does not know and some servers write, become null.

    Args:
        raw: The JSON.
        type: What it must be.

    Raises:
        msgspec.DecodeError: It is no JSON, not of the type, or nested too deeply.

    >>> decode_json(rb'["Hi \ud83d", "\ud83d\ude00"]')
    ['Hi \ufffd', '😀']
    >>> decode_json(b'{"logprob": -Infinity}')
    {'logprob': None}
    """
    try:
        return msgspec.json.decode(raw, type=type)
    except (msgspec.DecodeError, UnicodeDecodeError):
        mended = mend_json(raw)
        try:
            return msgspec.json.decode(mended, type=type)
        except msgspec.DecodeError:
            if b"NaN" not in raw and b"Infinity" not in raw:
                raise
            return _decode_infinite(mended, type)
    except RecursionError as error:
        raise msgspec.DecodeError("JSON is nested too deeply") from error


def _decode_infinite(raw: bytes, kind: Any) -> Any:
    """Read what some servers take for JSON: with NaN and Infinity, which become null."""
    try:
        return msgspec.convert(json.loads(raw, parse_constant=lambda _: None), kind)
    except ValueError as error:
        raise msgspec.DecodeError(str(error)) from error


def mend_json(raw: bytes) -> bytes:
    r"""Replace halves of characters, and bytes that are no UTF-8, in JSON that is not decoded yet.

    >>> mend_json(rb'"Hi \ud83d"')
    b'"Hi \\ufffd"'
    """
    return _ESCAPE.sub(_whole_escape, raw.decode("utf-8", "replace").encode())


def _whole_escape(found: "re.Match[bytes]") -> bytes:
    return rb"\ufffd" if found[1] else found[0]
