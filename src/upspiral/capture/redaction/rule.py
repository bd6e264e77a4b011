"""What is a rule? One kind of thing that is hidden, and how it is recognised."""

import re
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

Found = tuple[int, int, str]
"""Where the sensitive part begins and ends in a candidate, and the form that is the same however written."""
WORD = r"(?:\b|\\[nrtbf])"  # in JSON within prose a line break is a backslash and a letter
EDGE = r"(?:^|[^\w.+]|\\[nrtbf])"
GAP = r" \t\x{a0}\x{b7}\x{2002}-\x{200b}\x{202f}\x{205f}\x{2060}\x{3000}.\-\x{2010}-\x{2015}\x{2212}"
"""What people put between the groups of a number: blanks of any width, dots and dashes of any length."""


def whole(candidate: str) -> Iterator[Found]:
    """Take the candidate as it stands.

    >>> list(whole("abc"))
    [(0, 3, 'abc')]
    """
    yield 0, len(candidate), candidate


class RedactionRule(Struct, frozen=True, kw_only=True):
    """One kind of thing that is hidden."""

    what: str
    """Its name in the documentation."""
    label: str
    """The word in the pseudonym: a lower-case word."""
    hint: str
    """RE2, cheap: it matches every text in which `pattern` matches."""
    pattern: str
    """RE2: the candidates; where it has groups, the first that took part."""
    find: Callable[[str], Iterable[Found]] = whole
    """Which parts of a candidate are hidden; an empty part tells of a costly look that found nothing."""
    unless_after: re.Pattern[str] | None = None
    """What must not stand before a candidate; it is matched against that and the candidate's first sign."""
    keyed: bool = False
    """Does the name of a field, put before its value, help to recognise it?"""
