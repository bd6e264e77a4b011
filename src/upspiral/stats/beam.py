"""Which slices are worth a test? A beam search over conditions and pairs and triples of them.

Subgroup discovery as a search from the general to the special (Klösgen 1996), scored by the standardised
difference of the rates; counts of all narrowings of a level come from one product of matrices.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from upspiral.stats.items import Items

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Numbers = tuple[int, ...]


@dataclass(frozen=True)
class BeamWidth:
    """How wide to look."""

    depth: int = 3
    """Conditions a slice has at most."""
    beam: int = 100
    """Pairs that are narrowed further."""
    tested: int = 100
    """Slices that are given at most."""
    min_size: int = 30
    """Rows a slice needs, and rows that must be outside it."""
    most_rows: int = 50_000
    """More rows than this are thinned out evenly for the search; tests use all."""


@dataclass(frozen=True, eq=False)
class _Ground:
    """What the search looks at: conditions by row, and what is counted."""

    member: NDArray[np.float32]
    hit: NDArray[np.float32]
    """Hits that each row stands for ..."""
    size: NDArray[np.float32]
    """... and of how many."""
    feature: NDArray[np.int64]
    width: BeamWidth

    def scores(self, rows: NDArray[np.float32]) -> Floats:
        """Give the standardised difference of each slice narrowed by each condition, 0 where too small."""
        n, hits = (rows * self.size) @ self.member.T, (rows * self.hit) @ self.member.T
        total = float(self.size.sum(dtype=np.float64))
        rate = float(self.hit.sum(dtype=np.float64)) / total
        outside = total - n
        enough = (n >= self.width.min_size) & (outside >= self.width.min_size)
        spread = np.sqrt(rate * (1 - rate) * n * outside / total, where=enough, out=np.ones_like(n))
        return np.where(enough, (hits - n * rate) / spread, 0.0).astype(np.float64)


def candidates(
    items: Items,
    hit: Bools | NDArray[np.int64],
    explored: Bools,
    width: BeamWidth,
    *,
    size: NDArray[np.int64] | None = None,
) -> list[tuple[Numbers, bool]]:
    """Give the slices that stand out most among the explored rows.

    Args:
        items: The conditions.
        hit: What the rate counts, shape (n,); how many, where rows stand for several.
        explored: Which rows may be looked at, shape (n,).
        width: How wide to look.
        size: How many each row stands for, shape (n,); None for one each.

    Returns:
        Numbers of conditions, and whether the rate is higher than outside. Slices that stand out more than
        each slice they narrow come first, then the rest, each by how much they stand out.
    """
    looked = np.flatnonzero(explored)
    # Every k-th row and none drawn by chance: the same data give the same slices.
    looked = looked[:: len(looked) // width.most_rows + 1]
    each = np.ones(len(looked), dtype=np.int64) if size is None else size[looked]
    if not len(items.names) or not 0 < hit[looked].sum() < each.sum():
        return []
    member, marks = items.rows[:, looked].astype(np.float32), hit[looked].astype(np.float32)
    ground = _Ground(member, marks, each.astype(np.float32), items.feature, width)
    single = ground.scores(np.ones((1, len(looked)), dtype=np.float32))[0]
    level: dict[Numbers, tuple[float, bool]] = {
        (k,): (float(z), True) for k, z in enumerate(single) if z != 0
    }
    pool = dict(level)
    for depth in range(2, width.depth + 1):
        parents = sorted(level, key=lambda s: -abs(level[s][0]))
        # All pairs are looked at, for two conditions may say together what neither says alone.
        parents = parents if depth == 2 else parents[: width.beam]
        level = _narrow_slices(ground, parents, np.array([level[p][0] for p in parents]), single)
        pool.update(level)
    ranked = sorted(pool, key=lambda s: (not pool[s][1], -abs(pool[s][0]), s))
    return [(slice_, pool[slice_][0] > 0) for slice_ in ranked[: width.tested]]


def _narrow_slices(
    ground: _Ground, parents: Sequence[Numbers], above: Floats, single: Floats
) -> dict[Numbers, tuple[float, bool]]:
    """Put one more condition on each slice; give scores, and whether each beats what it narrows."""
    if not parents:
        return {}
    rows = np.stack([ground.member[list(parent)].prod(axis=0) for parent in parents])
    scores = ground.scores(rows)
    taken = np.stack([np.isin(ground.feature, ground.feature[list(parent)]) for parent in parents])
    # A second value of one feature leaves no rows.
    scores[taken] = 0.0
    way = np.sign(scores)
    better = way * scores > np.maximum(way * above[:, None], way * single[None, :])
    most = 2 * max(ground.width.tested, ground.width.beam)  # each pair comes from two parents
    strength = np.abs(scores).ravel()
    first = np.argsort(-strength, kind="stable")[:most]
    ahead = np.argsort(-np.where(better.ravel(), strength, 0.0), kind="stable")[:most]
    found: dict[Numbers, tuple[float, bool]] = {}
    for place in np.concatenate([first, ahead]).tolist():
        parent, item = divmod(place, scores.shape[1])
        if strength[place] > 0:
            slice_ = tuple(sorted((*parents[parent], item)))
            beats = bool(better[parent, item]) and found.get(slice_, (0.0, True))[1]
            found[slice_] = (float(scores[parent, item]), beats)
    return found
