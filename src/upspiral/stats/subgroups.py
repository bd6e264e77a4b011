"""In which slices of structured features does a rate differ? Searched on one half, tested on the other.

A beam search in the manner of subgroup discovery (Klösgen 1996; Lavrač et al. 2004), Fisher's exact test on
rows that the search never saw, and Benjamini and Hochberg's procedure over everything tested.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy
from numpy.typing import NDArray

from upspiral.stats.beam import BeamWidth, candidates
from upspiral.stats.contrast import Contrast, contrast, within
from upspiral.stats.discovery import benjamini_hochberg
from upspiral.stats.items import Items, Value, itemise
from upspiral.stats.proportions import Interval

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Search:
    """How wide to look, and what is worth telling."""

    width: BeamWidth = field(default_factory=BeamWidth)
    """How much of the space of slices is looked at, and how many slices are tested at most."""
    min_difference: float = 0.05
    """A smaller difference of the two rates is not worth telling, however sure."""
    q: float = 0.1
    """Expected share of false slices among those reported."""


@dataclass(frozen=True, eq=False)
class Subgroup:
    """A slice whose rate differs, with its figures on the rows that the search did not see."""

    conditions: tuple[tuple[str, str], ...]
    """Feature and value, such as ``("model", "small")`` or ``("turns", "> 4")``; all must hold."""
    higher: bool
    """Is its rate higher than that of all other rows, or lower?"""
    hits: int
    n: int
    rest_hits: int
    rest_n: int
    difference: Interval
    """95 % interval of the rate inside minus the rate outside."""
    p_value: float
    """One-sided; before the correction for how many were tested."""
    rows: Bools
    """Which of all rows are in it, shape (n,)."""


@dataclass(frozen=True, eq=False)
class Discovery:
    """What a search found, and how much it looked at."""

    found: tuple[Subgroup, ...]
    """The most surely different one first."""
    tested: int
    """How many slices were tested on the other half."""


def discover(
    table: Mapping[str, Sequence[Value]],
    hit: Sequence[bool],
    *,
    explored: Sequence[bool],
    groups: Sequence[str] | None = None,
    how: Search | None = None,
) -> Discovery:
    """Find the slices whose rate of hits differs from that of all other rows.

    Args:
        table: Values by feature; texts are categories, numbers are binned; shape (n,) each. One row for each
            unit of evidence, such as a conversation.
        hit: What the rate counts, such as failures; shape (n,).
        explored: True for rows used to search; the others test. Rows of one group must be on one side.
        groups: Rows of one group hang together (one task asked of several models); None where none do.
        how: Width and thresholds.

    Returns:
        Slices that say something of their own: one that only repeats another is left out.
    """
    how = how or Search()
    marks, seen = np.asarray(hit, dtype=np.bool_), np.asarray(explored, dtype=np.bool_)
    # Twice: half of the rows search, and a slice must be large enough on either half.
    items = itemise(table, least=2 * how.width.min_size)
    found = candidates(items, marks, seen, how.width)
    if not found:
        return Discovery((), 0)
    rows = np.stack([items.rows[list(slice_)].all(axis=0) for slice_, _ in found])
    tried = confirm(
        rows[:, ~seen],
        marks[~seen],
        higher=[up for _, up in found],
        groups=None if groups is None else np.asarray(groups)[~seen],
        how=how,
    )
    told = tuple(_subgroup(items, found[k][0], tried.measured[k], rows[k]) for k in tried.kept)
    return Discovery(told, len(found))


@dataclass(frozen=True, eq=False)
class Confirmed:
    """What became of slices that were put to the test."""

    measured: tuple[Contrast, ...]
    """One for each slice."""
    sure: tuple[int, ...]
    """Places of those that pass, with few false ones among them."""
    kept: tuple[int, ...]
    """Places of those among them that say something of their own, the surest first."""


def confirm(
    inside: Bools,
    hit: Bools,
    *,
    higher: Sequence[bool],
    how: Search,
    groups: NDArray[np.str_] | None = None,
    given: int = 0,
    apart: bool = False,
) -> Confirmed:
    """Test slices on rows that did not help to find them.

    Args:
        inside: Which rows are in each slice, shape (slices, n).
        hit: What the rate counts, shape (n,).
        higher: Which way each slice should stand out, shape (slices,).
        how: Thresholds.
        groups: Name of each row's group, shape (n,); None where every row stands alone.
        given: So many slices at the start are kept wherever they pass, and the others only for what they add.
        apart: Does a slice with a lower rate say something of its own even where those with a higher rate
            imply it? Then each way is kept on its own account.
    """
    numbers = None if groups is None else np.unique(groups, return_inverse=True)[1]
    measured = [contrast(i, hit, higher=up, groups=numbers) for i, up in zip(inside, higher, strict=True)]
    return sift(measured, inside, hit, how=how, given=given, apart=apart)


def sift(
    measured: Sequence[Contrast],
    inside: Bools,
    hit: Bools | NDArray[np.int64],
    *,
    how: Search,
    size: NDArray[np.int64] | None = None,
    given: int = 0,
    apart: bool = False,
) -> Confirmed:
    """Keep of slices that were measured those that pass, and of these those that say something of their own.

    Args:
        measured: One contrast for each slice.
        inside: Which rows are in each slice, shape (slices, n).
        hit: What the rate counts, shape (n,); how many, where rows stand for several.
        how: Thresholds.
        size: How many each row stands for, shape (n,); None for one each.
        given: As `confirm` says ...
        apart: ... of both.
    """
    passed = benjamini_hochberg([c.p_value for c in measured], how.q)
    sure = [k for k, c in enumerate(measured) if passed[k] and c.size >= how.min_difference]
    adds = float(scipy.stats.norm.isf(how.q / max(1, len(measured))))  # each tested slice may add by chance
    kept: list[int] = []
    cells: dict[bool, NDArray[np.int64]] = {}
    # Surest first. A slice stays if it still stands out among rows that are alike in all slices kept so far.
    for k in sorted(sure, key=lambda k: (k >= given, -measured[k].z, k)):
        higher = measured[k].higher
        way = higher or not apart
        strata = cells.get(way, np.zeros(len(hit), dtype=np.int64))
        apart_by = within(inside[k], hit, strata=strata, higher=higher, size=size)
        if k < given or way not in cells or apart_by / math.sqrt(measured[k].effect) > adds:
            kept.append(k)
            # Each kept slice parts every stratum in two; numbered anew, so that numbers do not double each
            # time.
            cells[way] = np.unique(2 * strata + inside[k], return_inverse=True)[1]
    return Confirmed(tuple(measured), tuple(sure), tuple(kept))


def _subgroup(items: Items, numbers: tuple[int, ...], seen: Contrast, rows: Bools) -> Subgroup:
    return Subgroup(
        conditions=tuple(items.names[k] for k in numbers),
        higher=seen.higher,
        hits=seen.hits,
        n=seen.n,
        rest_hits=seen.rest_hits,
        rest_n=seen.rest_n,
        difference=seen.difference,
        p_value=seen.p_value,
        rows=rows,
    )
