"""Is the answer written in the script of the reference or of the question? (pure)."""

import unicodedata
from collections import Counter
from functools import cache

from upspiral.domain import Score
from upspiral.domain.evaluation import SUCCESS_AT
from upspiral.plugin_kinds import SCORER

MIN_LETTERS = 10
"""Texts with fewer letters, such as a code, tell no script."""
MIN_SHARE = 0.3
"""A text is written in each script that has this share of its letters."""
_JOINED = {"HIRAGANA": "CJK", "KATAKANA": "CJK"}
"""Scripts that stand together in one text."""


@SCORER.register("language")
class LanguageGuard:
    """Right unless the answer is in a script in which neither reference nor question is written.

    It tells scripts apart, such as Latin, Cyrillic, Arabic or Chinese, and not languages of one script.

    >>> LanguageGuard().score("Where is it?", "It left this morning.", "Он отправлен сегодня утром.").value
    0.0
    """

    name = "language"
    compares = False

    def __init__(self, success_at: float = SUCCESS_AT) -> None:
        self.success_at = success_at

    def score(self, question: str, reference: str, answer: str) -> Score:
        """Measure an answer; see `Scorer`."""
        said = find_scripts(answer)
        known = find_scripts(reference) | find_scripts(question)
        if said and known and said.isdisjoint(known):
            return Score(0.0, f"written in {', '.join(sorted(said))} instead of {', '.join(sorted(known))}")
        return Score(1.0, "in a script that was expected")


def find_scripts(text: str) -> frozenset[str]:
    """Name the scripts in which a text is written; none where it has too few letters.

    >>> find_scripts("It left this morning.")
    frozenset({'LATIN'})
    """
    counts = Counter(_script_of(char) for char in text if char.isalpha())
    total = sum(counts.values())
    if total < MIN_LETTERS and not counts["CJK"]:
        return frozenset()
    return frozenset(name for name, count in counts.items() if count >= MIN_SHARE * total)


@cache
def _script_of(letter: str) -> str:
    first = unicodedata.name(letter, "UNKNOWN").split()[0]
    return _JOINED.get(first, first)
