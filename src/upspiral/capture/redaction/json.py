"""How is JSON hidden in so that it stays JSON? String by string, number by number, escapes undone."""

import json
import re
from collections.abc import Callable

TOKEN = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|(-?\d[\d.eE+-]*)|[{}\]]', re.DOTALL)


def hide_in_json(text: str, hide: Callable[[str, str], str]) -> str | None:
    """Hide within the strings and numbers of a JSON text, which stays one and keeps its layout.

    Args:
        text: Perhaps JSON.
        hide: Takes a field's name, empty where there is none, and a value; gives the value to put there.

    Returns:
        The new text, the same object where nothing changed, or None where it is no JSON.

    >>> hide_in_json('{"a": 12, "b": ["c"]}', lambda name, value: "x" if value == "12" else value)
    '{"a": "x", "b": ["c"]}'
    """
    try:
        json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    pieces, last, name = [], 0, ""
    for token in TOKEN.finditer(text):
        quoted, colon, number = token.groups()
        if not quoted and not number:
            name = ""
            continue
        old = json.loads(quoted) if quoted else number
        new = hide("" if colon else name, old)
        if new != old:
            start, end = token.span(1 if quoted else 3)
            pieces += [text[last:start], json.dumps(new, ensure_ascii=token[0].isascii())]
            last = end
        name = new if colon else name
    return "".join([*pieces, text[last:]]) if pieces else text
