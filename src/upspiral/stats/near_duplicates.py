"""Which raters vote in step on the same items, so that the word of all counts once?"""

import numpy as np
import scipy
from numpy.typing import NDArray

from upspiral.stats.collusion import PairAgreement
from upspiral.stats.raters import Ballots, Floats, Ints

MAX_PANEL_SHARE = 1 / 3
"""Share of all raters above which raters who meet on the same items are not called in step."""
MIN_SHARED_ITEMS = 5
"""Items that two raters must share before they can be in step."""
MAX_CHANCE, MAX_CHANCE_LINKS = 1e-3, 5.0
"""Two raters did not meet by accident where sharing so many items has at most this chance, and where at most
five of all pairs would."""
MAX_DIFFERENCE_PART = 1 / 3
"""A group differs at most so much of what its raters' habits explain, or else it is not in step."""


def near_duplicates(ballots: Ballots, alike: PairAgreement) -> Ints:
    """Give per rater the number of the group that it votes in step with, or -1.

    Two raters who cast n_i and n_j of N votes share `n_i n_j sum_t (n_t / N)^2` items by chance, n_t being
    the votes on item t. Those who share at least five, and far more than that, are linked. What is linked,
    three or more and at most a third of all, is a group; it is in step where its pairs differ on at most a
    third of the items on which their habits would have them differ. That is no proof of collusion, and the
    remedy is mild: the word of an honest panel still counts once.

    Args:
        ballots: The votes.
        alike: What each two raters share.
    """
    met = _co_rating_pairs(ballots, alike)
    pairs = alike.first[met], alike.second[met]
    links = scipy.sparse.coo_array((np.ones(len(met)), pairs), shape=(ballots.raters,) * 2)
    label = np.asarray(scipy.sparse.csgraph.connected_components(links, directed=False)[1], dtype=np.int64)
    inside = label[alike.first] == label[alike.second]
    differ = np.bincount(label[alike.first], (alike.shared - alike.agreed) * inside, ballots.raters)
    chance = np.bincount(label[alike.first], (alike.shared - alike.chance) * inside, ballots.raters)
    size = np.bincount(label, minlength=ballots.raters)
    found = (size > 2) & (size <= MAX_PANEL_SHARE * ballots.raters) & (differ <= MAX_DIFFERENCE_PART * chance)
    return np.where(found[label], label, -1)


def vote_share(group: Ints) -> Floats:
    """Give per rater the share of one vote: 1, or one over the size of the group.

    >>> vote_share(np.array([-1, 0, 0, -1])).tolist()
    [1.0, 0.5, 0.5, 1.0]
    """
    sizes = np.bincount(group[group >= 0], minlength=1)
    return np.where(group >= 0, 1 / np.maximum(sizes[group], 1), 1.0)


def _co_rating_pairs(ballots: Ballots, alike: PairAgreement) -> NDArray[np.int64]:
    """Give the pairs that share more items than by chance."""
    many = np.bincount(ballots.rater, minlength=ballots.raters).astype(float)
    of_item = np.bincount(ballots.item, minlength=len(ballots.gold))
    chance = float((of_item / max(len(ballots.item), 1)) @ (of_item / max(len(ballots.item), 1)))
    near = np.flatnonzero(alike.shared >= MIN_SHARED_ITEMS)
    expected = many[alike.first[near]] * many[alike.second[near]] * chance
    rare = min(MAX_CHANCE, 2 * MAX_CHANCE_LINKS / max(ballots.raters * (ballots.raters - 1), 1))
    return np.asarray(near[scipy.stats.poisson.sf(alike.shared[near] - 1, expected) < rare], dtype=np.int64)
