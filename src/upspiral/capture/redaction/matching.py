"""Where in a text may a rule match? RE2, in linear time; one set looks for all rules at once."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import re2  # type: ignore[import-untyped]

from upspiral.capture.redaction.rule import RedactionRule
from upspiral.errors import ConfigError

SET_MEMORY, RULE_MEMORY = 32 << 20, 16 << 20
"""Bytes that a matcher may grow to; one that is full starts over, and a set that cannot gives up."""
LABEL = re.compile(r"[a-z][a-z0-9_-]{0,30}")
ESCAPED_CHARACTER = r"\\(?:u[0-9a-fA-F]{4}|/)"
"""A character of JSON that could be written plainly; behind it a rule would see nothing."""
WHOLE_TEXT = re.compile(r"\\[AzC]|\(\?\w*-\w*m")
MATCH_ALL_PATTERN = ""
"""Matches every text; its absence tells that the set gave up."""
CANDIDATE_UNITS, LOOK_UNITS = 2, 20
"""What a candidate costs, and what a look at one by the rules of all countries, or a pseudonym, costs."""
LOOK_BACK_BYTES = 40
"""How much of what stands before a candidate can tell that it is none."""
Span = tuple[int, int, bytes]
"""Where a piece begins and ends, in bytes, and what is put there."""


def own_rule(label: str, pattern: str) -> RedactionRule:
    """Make a rule of a pattern of the user's own.

    Raises:
        ConfigError: The label is no lower-case word.
    """
    if not LABEL.fullmatch(label):
        raise ConfigError(
            f"The label {label!r} of a redaction pattern cannot be used.", hint="Use a lower-case word."
        )
    # many texts are looked at in one, each on lines of its own
    hint = MATCH_ALL_PATTERN if WHOLE_TEXT.search(pattern) else f"(?m:{pattern})"
    return RedactionRule(what=label, label=label, hint=hint, pattern=pattern)


def _options(memory: int) -> Any:
    options = re2.Options()
    options.max_mem = memory
    options.log_errors = False
    return options


def compile_rule(rule: RedactionRule) -> Any:
    """Give the rule's pattern, ready to match bytes.

    Raises:
        ConfigError: It is no RE2, or too large.
    """
    try:
        return re2.compile(as_bytes(rule.pattern), _options(RULE_MEMORY))
    except re2.error as error:
        why = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise ConfigError(
            f"The redaction pattern of {rule.what!r} cannot be read: {why}.", hint="Write it in RE2 syntax."
        ) from error


def prefilter(hints: list[str]) -> Any:
    """Give one set that says which of the hints match; where it gives up it matches nothing at all.

    Raises:
        ConfigError: The hints are too large together.
    """
    found = re2.Set.SearchSet(_options(SET_MEMORY))
    for hint in hints:
        found.Add(as_bytes(hint))
    try:
        found.Compile()
    except re2.error as error:
        raise ConfigError("The redaction patterns are too large together.", hint="Shorten yours.") from error
    return found


class TooDense(Exception):
    """There is so much to look at in a text that it cannot be checked within its budget."""


class Effort:
    """How much work may still go into one text, in units of about a microsecond."""

    def __init__(self, units: int) -> None:
        self._left = units

    def spend(self, units: int) -> None:
        """Take some.

        Raises:
            TooDense: Nothing is left.
        """
        self._left -= units
        if self._left < 0:
            raise TooDense


def found_by(
    rule: RedactionRule, pattern: Any, data: bytes, *, effort: Effort, hidden: Callable[[int, int], bool]
) -> Iterator[tuple[int, int, str]]:
    """Give what the rule finds: where it begins and ends, in bytes, and its one form.

    Args:
        rule: Decides what of a candidate is hidden.
        pattern: The rule's, compiled.
        data: UTF-8.
        effort: What may still be spent.
        hidden: Says whether a span lies within a pseudonym, where nothing is looked for.

    Raises:
        TooDense: There is more to look at than may be spent.
    """
    for match in pattern.finditer(data):
        spans = (match.span(group) for group in range(1, pattern.groups + 1))
        a, b = next((span for span in spans if span[0] >= 0), match.span())
        if hidden(a, b):
            continue
        effort.spend(CANDIDATE_UNITS + (b - a) // 16)
        candidate = as_text(data[a:b])
        is_ascii = len(candidate) == b - a
        for start, end, same in rule.find(candidate):
            effort.spend(LOOK_UNITS)
            if end <= start:
                continue
            if not is_ascii:
                start, end = len(as_bytes(candidate[:start])), len(as_bytes(candidate[:end]))
            if not _follows_exception(rule, data, a + start):
                yield a + start, a + end, same


def _follows_exception(rule: RedactionRule, data: bytes, start: int) -> bool:
    if rule.unless_after is None:
        return False
    before = data[max(0, start - LOOK_BACK_BYTES) : start + 1].decode("utf-8", "ignore")
    return rule.unless_after.search(before) is not None


def splice(data: bytes, spans: list[Span]) -> bytes:
    """Put something new in place of each span; they are in order and do not overlap.

    >>> splice(b"call Ann now", [(5, 8, b"[x]")])
    b'call [x] now'
    """
    pieces, last = [], 0
    for start, end, new in spans:
        pieces += [data[last:start], new]
        last = end
    return b"".join([*pieces, data[last:]])


def as_bytes(text: str) -> bytes:
    """Write as UTF-8, a lone surrogate included."""
    return text.encode("utf-8", "surrogatepass")


def as_text(data: bytes) -> str:
    """Read what `as_bytes` wrote."""
    return data.decode("utf-8", "surrogatepass")
