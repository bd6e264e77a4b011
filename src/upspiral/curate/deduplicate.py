"""Which questions are nearly the same? MinHash proposes, exact Jaccard on letters decides (pure)."""

from collections.abc import Sequence

from rensa import RMinHash, RMinHashLSH

from upspiral.domain import Message
from upspiral.lexical import is_unspaced, join_runs
from upspiral.lexical.tokens import to_characters

SHINGLE_CHARS = 5
"""Length of a shingle: short questions have too few words for shingles of words."""
SHINGLE_CHARACTERS = 3
"""The same in scripts without spaces, where two or three characters are a word."""
PERMUTATIONS, BANDS = 128, 32
"""At a likeness of 0.8 a pair is missed once in 20 million, at 0.6 once in 80."""


def normalise_question(messages: Sequence[Message]) -> str:
    """Give what was asked in a request: everything the user said, normalised.

    >>> normalise_question([Message("system", "Be kind."), Message("user", "Where's  my PARCEL?")])
    "where's my parcel"
    """
    said = " ".join(message.content for message in messages if message.role == "user")
    return join_runs(said)


def shingles(text: str) -> frozenset[str]:
    """Cut a normalized text into all its runs of five letters, or of three characters without spaces.

    >>> sorted(shingles("parcel")), sorted(shingles("退款到账"))
    (['arcel', 'parce'], ['款到账', '退款到'])
    """
    unspaced = is_unspaced(text)
    letters = to_characters(text) if unspaced else text
    length = SHINGLE_CHARACTERS if unspaced else SHINGLE_CHARS
    return frozenset(
        "".join(letters[start : start + length]) for start in range(max(1, len(letters) - length + 1))
    )


def jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    """Give the share of shingles that two texts have in common.

    >>> jaccard(frozenset("ab"), frozenset("bc")) == 1 / 3
    True
    """
    return len(first & second) / (len(first | second) or 1)


def near_duplicates(texts: Sequence[str], *, threshold: float) -> list[tuple[int, int]]:
    """Find the pairs of texts that are nearly the same, those that are the same included.

    Args:
        texts: Normalised texts.
        threshold: Jaccard likeness from which two are near-duplicates.

    >>> near_duplicates(["where is my parcel", "where is my parcel now", "cancel it"], threshold=0.7)
    [(0, 1)]
    """
    first: dict[str, int] = {}
    pairs = [(first[text], n) for n, text in enumerate(texts) if first.setdefault(text, n) != n]
    index = RMinHashLSH(threshold=threshold, num_perm=PERMUTATIONS, num_bands=BANDS)
    seen: dict[int, frozenset[str]] = {}
    for text, n in first.items():
        own = shingles(text)
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=42)
        sketch.update(sorted(own))
        pairs += [(k, n) for k in index.query(sketch) if jaccard(seen[k], own) >= threshold]
        index.insert(n, sketch)
        seen[n] = own
    return sorted(pairs)
