"""On which scale was a score given, and what is it between 0 and 1?

A judge's 1 may be the best of 0 to 1 or the worst of 1 to 5. A score is used only where its scale is known:
declared by the operator, told by a label such as `poor`, or 0 to 1 by all that was seen under its name.
Any other number is kept, and said to be unused; it is never cut to 1.
"""

from collections.abc import Iterable, Mapping
from math import isfinite

import msgspec
from msgspec import Struct

from upspiral.domain import Feedback

UNUSED_SCORE = "unused_score"
"""Metadata of feedback: a number that is not used, for its scale is not known or its label says otherwise."""
MAX_NAMES = 10_000
"""Names of scores whose range is remembered."""
GOOD_WORDS = frozenset(
    (
        "pass", "passed", "true", "yes", "correct", "good", "great", "excellent", "helpful", "positive",
        "accepted", "approved", "up", "thumbs_up",
    )
)  # fmt: skip
BAD_WORDS = frozenset(
    (
        "fail", "failed", "false", "no", "incorrect", "wrong", "bad", "poor", "terrible", "unhelpful",
        "negative", "rejected", "down", "thumbs_down",
    )
)  # fmt: skip


class ScoreReading(Struct, frozen=True):
    """What a number and a label say together."""

    score: float | None
    """0 (bad) to 1 (good); None where they do not say."""
    label: str | None
    metadata: dict[str, str]
    """Holds the number where it is not used."""


def word_score(label: str | None) -> float | None:
    """Give what a word says by itself: 1 for good, 0 for bad, None for any other.

    >>> word_score("Poor"), word_score("passed"), word_score("blue"), word_score(None)
    (0.0, 1.0, None, None)
    """
    word = (label or "").strip().lower().replace(" ", "_").replace("-", "_")
    return 1.0 if word in GOOD_WORDS else 0.0 if word in BAD_WORDS else None


def read_score(
    value: object, label: str | None = None, scale: tuple[float, float] | None = (0, 1)
) -> ScoreReading:
    """Read a score; the label decides where it and the number disagree or the number has no scale.

    Args:
        value: A number, yes or no; anything else is no score.
        label: A word beside it.
        scale: Its lowest and highest value; None where it is not known.

    >>> read_score(1, "poor").score, read_score(0.2, "poor").score, read_score(2, scale=(1, 5)).score
    (0.0, 0.2, 0.25)
    >>> read_score(85)
    ScoreReading(score=None, label='85', metadata={'unused_score': '85'})
    """
    word = word_score(label)
    if not isinstance(value, bool | int | float) or not isfinite(value):
        return ScoreReading(word, label, {})
    low, high = scale or (0, 0)
    number = (value - low) / (high - low) if low < high else None
    if number is not None and 0 <= number <= 1 and (word is None or (number >= 0.5) == (word >= 0.5)):
        return ScoreReading(number, label, {})
    return ScoreReading(word, label or f"{value:g}", {UNUSED_SCORE: f"{value:g}"})


class Scales:
    """What is known of the scales of scores, by the name of the score."""

    def __init__(self, declared: Mapping[str, tuple[float, float]] | None = None) -> None:
        """Make it.

        Args:
            declared: Name of a score to the lowest and highest value of its scale.
        """
        self._declared = dict(declared or {})
        self._beyond: dict[tuple[str, str], None] = {}

    def declare(self, more: Mapping[str, tuple[float, float]]) -> "Scales":
        """Give the same with further scales, sharing what is learned."""
        scales = Scales({**self._declared, **more})
        scales._beyond = self._beyond
        return scales

    def settle(self, given: Iterable[Feedback]) -> list[Feedback]:
        """Read the scores of feedback once more, with what is declared and with the range of each name.

        A name under which a number outside 0 to 1 was ever seen has another scale, so its 1 may be the worst.

        >>> from datetime import UTC, datetime
        >>> from upspiral.domain import Source
        >>> def make(value: float) -> Feedback:
        ...     read = read_score(value)
        ...     return Feedback(id="f", workspace="w", interaction="i", at=datetime.now(UTC), rater="quality",
        ...         source=Source.JUDGE, score=read.score, label=read.label, metadata=read.metadata)
        >>> [one.score for one in Scales().settle([make(1), make(0.2)])]
        [1.0, 0.2]
        >>> [one.score for one in Scales().settle([make(1), make(4)])]
        [None, None]
        >>> [one.score for one in Scales({"quality": (1, 5)}).settle([make(1), make(4)])]
        [0.0, 0.75]
        """
        everything = list(given)
        for one in everything:
            if UNUSED_SCORE in one.metadata and not 0 <= float(one.metadata[UNUSED_SCORE]) <= 1:
                self._remember(one)
        return [self._settle_one(one) for one in everything]

    def _remember(self, one: Feedback) -> None:
        if len(self._beyond) < MAX_NAMES:
            self._beyond[one.workspace, one.rater] = None

    def _settle_one(self, one: Feedback) -> Feedback:
        declared = self._declared.get(one.rater)
        if declared is None and (one.workspace, one.rater) not in self._beyond:
            return one
        number = float(one.metadata[UNUSED_SCORE]) if UNUSED_SCORE in one.metadata else one.score
        if number is None:
            return one
        own = None if one.label == f"{number:g}" else one.label
        read = read_score(number, own, declared)
        rest = {key: value for key, value in one.metadata.items() if key != UNUSED_SCORE}
        return msgspec.structs.replace(
            one, score=read.score, label=read.label, metadata={**rest, **read.metadata}
        )
