"""Do ideas hold on samples that did not help to find them? Tested by cell, allowing for workflows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from upspiral.analyze.recommendations.categorical import Bools
from upspiral.analyze.recommendations.contingency import Cells
from upspiral.stats.contrast import Contrast, compare

AT_ONCE = 16
"""Ideas that are summed over workflows together."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Trial:
    """What is counted in the half that tests."""

    n: NDArray[np.int64]
    """Samples of each cell ..."""
    hits: NDArray[np.int64]
    """... and those of them that were approved."""
    alone_n: NDArray[np.int64]
    """The same, of workflows of one sample."""
    alone_hits: NDArray[np.int64]
    groups: "scipy.sparse.csr_array"
    """Samples by workflow and cell, for workflows of several, shape (workflows, cells) ..."""
    group_hits: "scipy.sparse.csr_array"
    """... and those approved."""


def holdout_test(found: Cells, approved: Bools, flow: NDArray[np.int64], among: Bools) -> Trial:
    """Count samples for a test.

    Args:
        found: The cells.
        approved: Which samples were approved, shape (n,).
        flow: The workflow of each, shape (n,).
        among: Which samples test, shape (n,).
    """
    number, size = np.unique(flow[among], return_inverse=True, return_counts=True)[1:]
    single = size[number] == 1
    cell, hit = found.of[among], approved[among]
    number = (np.cumsum(size > 1) - 1)[number][~single]
    shape = (int((size > 1).sum()), found.member.shape[1])

    def by_cell(which: Bools) -> NDArray[np.int64]:
        return np.bincount(cell[which], minlength=shape[1])

    several, good = cell[~single], hit[~single]
    ones = np.ones(len(several))
    return Trial(
        n=by_cell(np.ones_like(hit)),
        hits=by_cell(hit),
        alone_n=by_cell(single),
        alone_hits=by_cell(single & hit),
        groups=scipy.sparse.csr_array((ones, (number, several)), shape=shape),
        group_hits=scipy.sparse.csr_array((ones[good], (number[good], several[good])), shape=shape),
    )


def contrasts(given: Trial, inside: Bools, higher: Sequence[bool]) -> list[Contrast]:
    """Compare the approval of cells inside each idea with that of all others.

    Args:
        given: What was counted.
        inside: Which cells each idea is about, shape (ideas, cells).
        higher: Which way each should stand out, shape (ideas,).
    """
    total, good = int(given.n.sum()), int(given.hits.sum())
    found: list[Contrast] = []
    for start in range(0, len(inside), AT_ONCE):
        chosen = inside[start : start + AT_ONCE].astype(np.float64)
        n, hits = np.einsum("ic,ac->ai", chosen, np.stack([given.n, given.hits]))
        effects = _effects(given, chosen, n, hits)
        ways = higher[start : start + AT_ONCE]
        found += [
            compare((k, m), (good - k, total - m), higher=up, effect=effect)
            for k, m, up, effect in zip(
                hits.astype(int).tolist(), n.astype(int).tolist(), ways, effects.tolist(), strict=True
            )
        ]
    return found


def _effects(given: Trial, chosen: Floats, n: Floats, hits: Floats) -> Floats:
    """Say by how much workflows swell the variance of each difference of rates; at least 1.

    With N samples and K hits of a workflow, n and k of them inside, a workflow adds the square of
    a k - b n - c K + d N to the variance; the sums of all products are whole numbers, hence exact.
    """
    total, good = float(given.n.sum()), float(given.hits.sum())
    size, rest = np.maximum(n, 1), np.maximum(total - n, 1)
    rate, rest_rate = hits / size, (good - hits) / rest
    sums, met = _sums(given, chosen)
    a, b, c, d = 1 / size + 1 / rest, rate / size + rest_rate / rest, 1 / rest, rest_rate / rest
    weights = np.stack([a, -b, -c, d])
    swollen = np.einsum("ik,jk,ijk->k", weights, weights, sums)
    alone = rate * (1 - rate) / size + rest_rate * (1 - rest_rate) / rest
    varies = alone > 0
    effect = np.where(varies, swollen / np.where(varies, alone, 1.0), n / np.maximum(met, 1))
    return np.where((n > 0) & (n < total), np.maximum(effect, 1.0), 1.0)


def _sums(given: Trial, chosen: Floats) -> tuple[Floats, Floats]:
    """Give the sums over workflows of the products of k, n, K and N; and the workflows met inside."""
    inside = np.ascontiguousarray(chosen.T)
    n, k = given.groups @ inside, given.group_hits @ inside
    every = np.ones(len(inside))
    alone = np.stack([given.alone_hits, given.alone_n]).astype(np.float64)
    whole = np.stack([given.group_hits @ every, given.groups @ every])
    ones = np.einsum("ac,ci->ai", alone, inside)  # of a workflow of one, each product is its hit, or one
    with_k = np.einsum("ag,gi->ai", whole, k) + ones[0]
    with_n = np.einsum("ag,gi->ai", whole, n) + ones
    own = np.einsum("ag,bg->ab", whole, whole) + alone.sum(axis=1)[[[0, 0], [0, 1]]]
    sums = np.empty((4, 4, len(chosen)))
    sums[0, 0], sums[1, 1] = _dot(k, k) + ones[0], _dot(n, n) + ones[1]
    sums[0, 1] = sums[1, 0] = _dot(k, n) + ones[0]
    sums[0, 2:] = sums[2:, 0] = with_k
    sums[1, 2:] = sums[2:, 1] = with_n
    sums[2:, 2:] = own[:, :, None]
    return sums, (n > 0).sum(axis=0) + ones[1]


def _dot(one: Floats, other: Floats) -> Floats:
    found: Floats = np.einsum("gi,gi->i", one, other)
    return found
