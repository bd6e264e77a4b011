"""Which samples can no condition tell apart? They are counted together, so that tests cost by kind."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from upspiral.analyze.features import MOST_VALUES
from upspiral.analyze.recommendations.categorical import Bools, Codes, Column
from upspiral.analyze.recommendations.samples import Samples
from upspiral.stats.items import MAX_CATEGORIES, MAX_DISTINCT_NUMBERS, plain

LEADING_FEATURES = ("agent", "type", "confidence", "agreement")
MAX_TABLE_CELLS = 1 << 22
"""Numbers up to this are counted in a table, larger ones are sorted."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Conditions, the cells that they cut samples into, and where each sample is."""

    names: tuple[tuple[str, str], ...]
    """Feature and value of each condition."""
    feature: NDArray[np.int64]
    """Number of each condition's feature, shape (conditions,)."""
    member: Bools
    """Which cells meet which conditions, shape (conditions, cells)."""
    of: NDArray[np.int64]
    """The cell of each sample, shape (n,)."""

    def __len__(self) -> int:
        return int(self.member.shape[1])

    def inside(self, ideas: Sequence[Sequence[tuple[str, str]]]) -> Bools:
        """Say which cells meet all conditions of each idea, shape (ideas, cells).

        A condition that is none of these is met nowhere.
        """
        place = {name: k for k, name in enumerate(self.names)}
        rows = np.zeros((len(ideas), len(self)), dtype=np.bool_)
        for row, conditions in zip(rows, ideas, strict=True):
            if all(name in place for name in conditions):
                row[:] = self.member[[place[name] for name in conditions]].all(axis=0)
        return rows

    def count(self, among: Bools) -> NDArray[np.int64]:
        """Count the samples of each cell that are among those."""
        return np.bincount(self.of[among], minlength=len(self))


@dataclass(frozen=True, eq=False)
class Partition:
    """One feature's conditions: each sample has one digit, each condition is met by some digits."""

    values: tuple[str, ...]
    meets: Bools
    """Shape (conditions, digits)."""
    digits: Codes
    """Shape (n,)."""


def cells(settled: Samples, *, least: int) -> Cells:
    """Cut samples by every condition that enough of them meet, and enough do not.

    Args:
        settled: The samples.
        least: Samples that must meet a condition, and that must not.
    """
    first = {name: k for k, name in enumerate(LEADING_FEATURES)}
    features = sorted(settled.features, key=lambda name: (first.get(name, len(LEADING_FEATURES)), name))
    cuts = [(name, cut) for name in features if (cut := _cut(settled.features[name], least)) is not None]
    return _cross(cuts, len(settled))


def cells_of(settled: Samples, names: Sequence[tuple[str, str]]) -> Cells:
    """Cut samples by the conditions that are named, however few meet them."""
    either = np.array([[False, True]])
    cuts = [
        (name, Partition((value,), either, settled.meet([(name, value)]).astype(np.int32)))
        for name, value in names
    ]
    return _cross(cuts, len(settled))


def _cross(cuts: Sequence[tuple[str, Partition]], n: int) -> Cells:
    numbers, where = _number_cells([cut for _, cut in cuts], n)
    names = [(name, value) for name, cut in cuts for value in cut.values]
    feature = [k for k, (_, cut) in enumerate(cuts) for _ in cut.values]
    rows = [cut.meets[:, cut.digits[where]] for _, cut in cuts]
    member = np.concatenate(rows) if rows else np.zeros((0, len(where)), dtype=np.bool_)
    return Cells(tuple(names), np.array(feature, dtype=np.int64), member, numbers)


def _cut(column: Column, least: int) -> Partition | None:
    """Cut one feature; None where it says nothing: the same everywhere, or free text."""
    counts = np.bincount(column.codes + 1, minlength=len(column.values) + 1)
    missing, counts = int(counts[0]), counts[1:]
    known, n = int(counts.sum()), len(column.codes)
    if column.numbers is None:
        different = int((counts > 0).sum()) + (missing > 0)
        if not 2 <= different <= max(2, min(MOST_VALUES * 5, known // 2)):
            return None
        return _kinds(column.codes, counts, column.values, least=least, n=n)
    values, number = np.unique(column.numbers, return_inverse=True)
    counts = np.bincount(number, weights=counts, minlength=len(values)).astype(np.int64)
    present = int((counts > 0).sum())
    if present + (missing > 0) < 2:
        return None
    codes = np.append(number, -1).astype(np.int32)[column.codes]
    if present > MAX_DISTINCT_NUMBERS:
        return _quartiles(codes, counts, values, least)
    return _kinds(codes, counts, [plain(v) for v in values.tolist()], least=least, n=n)


def _kinds(
    codes: Codes, counts: NDArray[np.int64], values: Sequence[str], *, least: int, n: int
) -> Partition | None:
    """Give a digit to each of the commonest values that enough samples have, and enough have not."""
    common = sorted(np.flatnonzero(counts).tolist(), key=lambda k: (-counts[k], values[k]))[:MAX_CATEGORIES]
    kept = [k for k in common if least <= counts[k] <= n - least]
    if not kept:
        return None
    digit = np.zeros(len(values) + 1, dtype=np.int32)
    digit[kept] = np.arange(1, len(kept) + 1)
    meets = np.eye(len(kept) + 1, dtype=np.bool_)[1:]
    return Partition(tuple(values[k] for k in kept), meets, digit[codes])


def _quartiles(
    codes: Codes, counts: NDArray[np.int64], values: NDArray[np.float64], least: int
) -> Partition | None:
    """Cut numbers at their quartiles: low, lower half, upper half, high."""
    upto = np.cumsum(counts)
    known = int(upto[-1])
    places = [int(share * (known - 1)) for share in (0.25, 0.5, 0.75)]
    first, middle, last = (float(values[np.searchsorted(upto, place, side="right")]) for place in places)
    limits = sorted({first, middle, last})
    digit = np.append(1 + np.searchsorted(limits, values, side="left"), 0).astype(np.int32)
    digits = digit[codes]
    sizes = np.bincount(digits, minlength=len(limits) + 2)
    steps = np.arange(len(limits) + 2)
    asked = [("≤", first), ("≤", middle), (">", middle), (">", last)]
    rows: dict[str, Bools] = {}
    for sign, limit in asked:
        place = limits.index(limit) + 1
        meets = (steps > 0) & (steps <= place) if sign == "≤" else steps > place
        if least <= int(sizes[meets].sum()) <= len(codes) - least:
            rows.setdefault(f"{sign} {limit:g}", meets)
    return Partition(tuple(rows), np.stack(list(rows.values())), digits) if rows else None


def _number_cells(cuts: Sequence[Partition], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the cells in which samples are; give each sample's, and for each cell one sample in it."""
    key, wide = np.zeros(n, dtype=np.int64), 1
    for cut in cuts:
        digits = cut.meets.shape[1]
        if wide > (1 << 62) // digits:
            key, wide = np.unique(key, return_inverse=True)[1], n
        key *= digits
        key += cut.digits
        wide *= digits
    if wide > MAX_TABLE_CELLS:
        where, numbers = np.unique(key, return_index=True, return_inverse=True)[1:]
        return numbers, where
    where = np.full(wide, -1, dtype=np.int64)
    where[key] = np.arange(n)
    used = where >= 0
    return (np.cumsum(used) - 1)[key], where[used]
