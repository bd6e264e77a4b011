"""Whose answer does a person see first? Nobody who labels a pair is told which answer is the candidate's."""

import hashlib
from typing import Literal

Better = Literal["candidate", "incumbent", "tie"]
"""Whose answer a person prefers."""


def flips(pair: str, rater: str) -> bool:
    """Say whether a person is shown the incumbent's answer first: by chance, and the same each time.

    >>> {flips(f"pair_{n}", "anna") for n in range(20)}
    {False, True}
    """
    return hashlib.sha256(f"{pair} {rater}".encode()).digest()[0] % 2 == 1


def to_better(key: str, *, flipped: bool) -> Better:
    """Say whose answer was preferred.

    >>> to_better("first", flipped=True), to_better("second", flipped=True), to_better("tie", flipped=True)
    ('incumbent', 'candidate', 'tie')
    """
    if key == "tie":
        return "tie"
    return "candidate" if (key == "first") != flipped else "incumbent"
