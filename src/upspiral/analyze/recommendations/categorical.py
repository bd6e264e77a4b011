"""How do many texts fit into little memory? By column: a number for each, and what the numbers stand for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from upspiral.analyze.features import read_number

Codes = NDArray[np.int32]
Bools = NDArray[np.bool_]
NO_CODE = -1
"""The code of a row that says nothing."""
SIX_DIGITS = 5e-6
"""Conditions name numbers with so many digits; nearer ones are the same."""
MOST_TEXTS = 5_000
"""A feature of more texts than this is free text: it can name no pattern, and is not kept."""


@dataclass(frozen=True, eq=False)
class Column:
    """One feature of many samples.

    >>> Column.of(["a", None, "a"]).codes.tolist()
    [0, -1, 0]
    """

    values: tuple[str, ...]
    """What each code stands for."""
    codes: Codes
    """Shape (n,); -1 where a sample says nothing."""

    @classmethod
    def of(cls, texts: Iterable[str | None]) -> "Column":
        """Number texts in the order in which they come."""
        known: dict[str, int] = {}
        codes = [NO_CODE if text is None else known.setdefault(text, len(known)) for text in texts]
        return cls(tuple(known), np.array(codes, dtype=np.int32))

    @classmethod
    def empty(cls, n: int) -> "Column":
        """Give one that says nothing of so many samples."""
        return cls((), np.full(n, NO_CODE, dtype=np.int32))

    @cached_property
    def numbers(self) -> NDArray[np.float64] | None:
        """Each value as a number; None unless all of them are numbers."""
        found = [read_number(value) for value in self.values]
        return None if None in found or not found else np.array(found, dtype=np.float64)

    @property
    def free(self) -> bool:
        """Is it free text, which says something else nearly every time?"""
        return len(self.values) > MOST_TEXTS and self.numbers is None

    def take(self, rows: NDArray[np.int64] | slice) -> "Column":
        """Give some of its rows; values that none of them has are kept."""
        return replace(self, codes=self.codes[rows])

    def compact(self) -> "Column":
        """Drop the values that no row has."""
        used = np.zeros(len(self.values) + 1, dtype=np.bool_)
        used[self.codes] = True  # -1 marks the last place
        used = used[: len(self.values)]
        if used.all():
            return self
        place = np.append(np.cumsum(used, dtype=np.int32) - 1, np.int32(NO_CODE))
        values = tuple(value for value, wanted in zip(self.values, used.tolist(), strict=True) if wanted)
        return Column(values, place[self.codes])

    def meets(self, wanted: str) -> Bools:
        """Say which rows meet a condition, such as ``small`` or ``> 4``; shape (n,)."""
        sign, _, limit = wanted.rpartition(" ")
        known = self.numbers
        bound = read_number(limit) if known is not None and sign in ("", "≤", ">") else None
        if known is None or bound is None:
            fits = np.array([value == wanted for value in self.values], dtype=np.bool_)
        else:
            near = np.abs(known - bound) <= SIX_DIGITS * abs(bound)
            fits = near if sign == "" else (known < bound) | near if sign == "≤" else (known > bound) & ~near
        return np.append(fits, False)[self.codes]


def concatenate(parts: Sequence[Column]) -> Column:
    """Put columns one behind the other."""
    known: dict[str, int] = {}
    codes = []
    for part in parts:
        place = [known.setdefault(value, len(known)) for value in part.values]
        codes.append(np.array([*place, NO_CODE], dtype=np.int32)[part.codes])
    return Column(tuple(known), np.concatenate(codes) if codes else np.zeros(0, dtype=np.int32))
