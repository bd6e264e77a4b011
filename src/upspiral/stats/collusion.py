"""Who judges too much alike? Blocs that honesty does not explain."""

from dataclasses import dataclass
from itertools import compress

import numpy as np
import scipy
from numpy.typing import NDArray

from upspiral.stats.discovery import benjamini_hochberg
from upspiral.stats.latent_classes import count_classes, latent_class_fit
from upspiral.stats.raters import (
    Ballots,
    Floats,
    Ints,
    Method,
    RaterFit,
    choose_method,
    dawid_skene,
    log_odds,
)

NOISE, SPREAD = 0.16**2, 0.1**2
"""Variance of one product of two deviations from habit, and of u among raters (both for 80 % good items)."""
MIN_SHARED_TOTAL = 100.0
"""Items with others from which the u of one rater is known well enough."""
MIN_SHARED_ITEMS = 8
"""Items that two raters must share before they can be found too alike."""
MAX_BLOC_SHARE = 1 / 2
"""Share of all raters from which on those who judge alike are no bloc: the others are no majority."""
LINKED_PAIRS = 0.2
"""Share of the pairs between two groups that must be linked for them to be one bloc."""
MIN_AGREEMENT_Z, MIN_AGENT_AGREEMENT_Z = 3.0, -1.64
"""Standard errors by which a bloc must go along with everybody else to be counted, and with those who judge
one agent at the least."""
MIN_EVIDENCE_PART = 3 / 4
"""Part of the evidence in a typical vote below which a bloc that is counted errs together."""
CAMPS = 2
"""Blocs whose word is tried as the truth, the largest."""
MAX_PAIRS = 5_000_000
"""Votes on one item by two raters that are looked at; items with very many raters are thinned to that."""


@dataclass(frozen=True)
class PairAgreement:
    """Pairs of raters on the items that both judged."""

    first: Ints
    second: Ints
    shared: Floats
    """Items that both judged."""
    agreed: Floats
    """Of these, items that both judged alike."""
    chance: Floats
    """Items that they would judge alike by their habits and the agents alone."""
    product: Floats
    """Sum over the items of the product of both deviations from habit."""


@dataclass(frozen=True)
class Blocs:
    """Raters who agree more than their reliability explains."""

    bloc: Ints
    """Per rater the number of the bloc, or -1."""
    agreed: Floats
    """Per bloc the share of shared items that two members judged alike."""
    expected: Floats
    """Per bloc the share that their reliability explains."""
    skill: Floats
    """Per rater how much the votes follow what everybody sees: 0 for noise, 1 for the median rater."""

    def initial_weight(self) -> Floats:
        """Give per rater how much to listen at first: 0 in a bloc, below 1 under half the median skill."""
        return np.where(self.bloc >= 0, 0.0, np.minimum(2 * self.skill, 1.0))

    def members(self) -> list[Ints]:
        """List the raters of each bloc."""
        return [np.flatnonzero(self.bloc == number) for number in range(len(self.agreed))]


def pairs(ballots: Ballots) -> PairAgreement:
    """Count how alike each two raters judged; items with gold are left out, for there truth explains it."""
    votes = _thin_out(ballots.of(np.isnan(ballots.gold[ballots.item])))
    habit = _expect_votes(votes)
    first, second = _co_rated_pairs(votes.item)
    low, high = votes.rater[first], votes.rater[second]
    key = np.minimum(low, high) * votes.raters + np.maximum(low, high)
    unique, where = np.unique(key, return_inverse=True)
    a, b, p, q = votes.good[first], votes.good[second], habit[first], habit[second]

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(where, values, len(unique)), dtype=np.float64)

    first, second = np.divmod(unique, max(votes.raters, 1))
    agreed, chance = total((a == b).astype(float)), total(p * q + (1 - p) * (1 - q))
    return PairAgreement(
        first, second, total(np.ones(len(a))), agreed, chance=chance, product=total((a - p) * (b - q))
    )


def find_blocs(ballots: Ballots, alike: PairAgreement, q: float = 0.01) -> Blocs:
    """Find raters who rate the same items alike, beyond habit and reliability.

    If votes depend on each other through the item only, the covariance of two raters is a product
    `u_i u_j` (Parisi et al. 2014). u is fitted with no pair weighing more than three items and without pairs
    that look suspicious (twice over); a pair's agreement is then tested against the beta-binomial with
    mean `chance + 2 u_i u_j` and the variance of u, and of all pairs that share 8 items those count that
    Benjamini and Hochberg let pass at q. Linked pairs make a bloc, unless they are half of all raters or
    more.

    Args:
        ballots: The votes.
        alike: What each two raters share.
        q: Expected share of false pairs among those found.
    """
    tested = np.flatnonzero(alike.shared >= MIN_SHARED_ITEMS)
    suspect = np.zeros(len(alike.first), dtype=bool)
    p_values, mean = np.ones(len(tested)), np.zeros(len(tested))
    # Suspicious pairs raise u, and with it the agreement that is expected: twice more without them.
    for _ in range(3):
        skill, spread = _fit_skill(alike, ballots.raters, suspect)
        p_values, mean = _test_agreement(alike, tested, skill, spread)
        suspect = np.zeros(len(alike.first), dtype=bool)
        suspect[tested[p_values < 1e-3]] = True
    flagged = np.asarray(benjamini_hochberg(p_values.tolist(), q), dtype=bool)
    # Of the median rater, whom no bloc smaller than a half can move.
    usual = max(float(np.median(skill)), 0.01) if len(skill) else 1.0
    return _link(alike, tested[flagged], mean[flagged], skill / usual)


def judge_blocs(ballots: Ballots, blocs: Blocs, share: Floats) -> tuple[Method, RaterFit, Blocs]:
    """Find out how reliable each rater is, and which blocs to silence.

    A bloc that does not go along with everybody else may have agreed on what to say: it is silenced at once.
    The others are counted, and the word of the largest is tried as the truth. Those that then turn out to say
    less than three quarters of what a typical rater says err together, and are silenced too. Where the items
    fall into more than two latent classes, truth is what these make likely.

    Args:
        ballots: The votes.
        blocs: Raters who agree more than their reliability explains.
        share: Per rater the part of one vote that it has; shape (raters,).

    Returns:
        Method and fit of those who are counted, and the blocs that are not.
    """
    is_counted = goes_along(ballots, blocs)
    first = _without(blocs, is_counted).initial_weight() * share
    classes = count_classes(ballots, first, blocs.bloc >= 0)
    # To silence one bloc changes the truth by which the others are judged; each turn silences one or ends.
    while True:
        silenced = _without(blocs, is_counted)
        rater_weight = silenced.initial_weight() * share
        camps = sorted(compress(blocs.members(), is_counted), key=len, reverse=True)[:CAMPS]
        if classes > 2:
            fit = latent_class_fit(ballots, first, classes, class_weight=rater_weight)
        elif camps:
            fit = dawid_skene(ballots, rater_weight, camps=camps)
        else:
            break
        poor = MIN_EVIDENCE_PART * float(log_odds(fit.typical).mean())
        evidence = log_odds(fit.hits).mean(axis=1)
        good = np.array([float(evidence[group].mean()) >= poor for group in blocs.members()], dtype=np.bool_)
        if (good | ~is_counted).all():
            break
        is_counted &= good
    return (
        ("dawid_skene", fit, silenced)
        if classes > 2
        else (*choose_method(ballots, rater_weight, camps), silenced)
    )


def goes_along(ballots: Ballots, blocs: Blocs) -> NDArray[np.bool_]:
    """Say of each bloc whether what its members agree on goes along with what everybody else says.

    On the items that at least half of a bloc judged, the mean deviation from habit of its members is
    multiplied by that of all others. The mean product is 0 or less where a bloc answers as agreed, whatever
    the item. It must surely be above 0 over all agents, and possibly so for each.

    Args:
        ballots: The votes.
        blocs: Whose.

    Returns:
        Shape (blocs,).
    """
    votes = _thin_out(ballots)
    lean = votes.good - _expect_votes(votes)
    total = np.bincount(votes.item, lean, len(votes.gold))
    n = np.bincount(votes.item, minlength=len(votes.gold))
    found = []
    for members in blocs.members():
        mine = np.isin(votes.rater, members)
        count = np.bincount(votes.item[mine], minlength=len(n))
        own = np.bincount(votes.item[mine], lean[mine], len(n))
        items = np.flatnonzero((count >= max(2, len(members) / 2)) & (n > count))
        others = (n - count)[items]
        product = own[items] / count[items] * (total - own)[items] / others
        found.append(_is_above_zero(product, votes.group[items], weight=others.astype(np.float64)))
    return np.array(found, dtype=np.bool_)


def _thin_out(votes: Ballots) -> Ballots:
    """Order by item, the busiest raters first, and leave out the rest of items with very many raters."""
    busy = np.bincount(votes.rater, minlength=votes.raters)[votes.rater]
    # The busiest first: they are the ones that share enough items with others to be tested.
    votes = votes.of(np.lexsort((votes.rater, -busy, votes.item)))
    sizes = np.bincount(votes.item, minlength=len(votes.gold))
    place = np.arange(len(votes.item)) - np.r_[0, np.cumsum(sizes)][votes.item]
    for most in (2000, 1000, 500, 200, 100, 50):
        if float((np.minimum(sizes, most).astype(float) ** 2).sum()) <= 2 * MAX_PAIRS:
            break
    return votes.of(place < most)


def _co_rated_pairs(item: Ints) -> tuple[Ints, Ints]:
    """Give all pairs of lines about one item, of lines ordered by item."""
    found = [np.zeros(0, dtype=np.int64)]
    steps = [0]
    # Lines of an item stand together, so lines a step apart are pairs; the longest item ends the loop.
    for step in range(1, len(item)):
        here = np.flatnonzero(item[step:] == item[:-step])
        if not len(here):
            break
        found.append(here)
        steps.append(step)
    first = np.concatenate(found)
    return first, first + np.repeat(steps, [len(f) for f in found])


def _expect_votes(votes: Ballots) -> Floats:
    """Give how likely each vote was good, from the rater's habit and the agent's rate.

    In an agent's rate every rater counts once, so that busy ones do not make it.
    """
    group = votes.group[votes.item]
    groups = int(votes.group.max(initial=0)) + 1
    cell, where = np.unique(votes.rater * groups + group, return_inverse=True)
    # A mean of means over raters.
    share = np.bincount(where, votes.good, len(cell)) / np.bincount(where, minlength=len(cell))
    overall = float(votes.good.mean()) if len(where) else 0.5
    each = np.bincount(cell % groups, minlength=groups)
    rate = (np.bincount(cell % groups, share, groups) + 2 * overall) / (each + 2)
    lean = votes.good - rate[group]
    given = np.bincount(votes.rater, minlength=votes.raters)
    own = np.bincount(votes.rater, lean, votes.raters) / (given + 2)
    own = _clip_habits(own, given, noise=overall * (1 - overall))
    return np.asarray(np.clip(rate[group] + own[votes.rater], 0.02, 0.98))


def _clip_habits(own: Floats, given: Ints, *, noise: float) -> Floats:
    """Cut habits at two robust deviations (less what chance adds) from the median, at least 0.1.

    Else raters who always say the same would explain each other by their habit.
    """
    many = given >= MIN_SHARED_ITEMS
    if not many.any():
        return own
    middle = float(np.median(own[many]))
    spread = (1.4826 * float(np.median(np.abs(own[many] - middle)))) ** 2 - noise / float(
        np.median(given[many])
    )
    width = max(2 * float(np.sqrt(max(spread, 0.0))), 0.1)
    return np.asarray(np.clip(own, middle - width, middle + width))


def _fit_skill(alike: PairAgreement, raters: int, suspect: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Fit u with its variance; at first in one step from the typical u, which a bloc cannot pull away."""
    n = _evidence_of(alike, raters, suspect)
    m = n * alike.product / np.maximum(alike.shared, 1)
    typical = float(np.sqrt(max((m.sum() + 0.03 * 20) / (n.sum() + 20), 0.01)))
    u, held = np.full(raters, typical), np.zeros(raters)
    for turn in range(15 if suspect.any() else 1):
        held = NOISE / SPREAD + _expect_both(alike, n * u[alike.second] ** 2, n * u[alike.first] ** 2, raters)
        pull = _expect_both(alike, m * u[alike.second], m * u[alike.first], raters)
        fresh = np.clip((NOISE / SPREAD * typical + pull) / held, 0.0, 0.5)
        # Half steps: each u depends on all others, and full steps may swing between two answers.
        u = (u + fresh) / 2 if turn else fresh
    return u, NOISE / held


def _evidence_of(alike: PairAgreement, raters: int, suspect: NDArray[np.bool_]) -> Floats:
    """Give for how many items each pair counts in the fit: at most three, and none where it is suspect.

    What a rater shares with those who could be mates of a bloc counts a third of the rest, or else a large
    bloc would explain itself; where there is hardly any rest, as much as fills up to a hundred.
    """
    n = np.where(suspect, 0.0, np.minimum(alike.shared, 3.0))
    close = alike.shared >= MIN_SHARED_ITEMS
    near = _expect_both(alike, n * close, n * close, raters)
    far = _expect_both(alike, n * ~close, n * ~close, raters)
    share = np.minimum(np.maximum(far / 3, MIN_SHARED_TOTAL - far) / np.maximum(near, 1), 1.0)
    return np.where(close, n * np.minimum(share[alike.first], share[alike.second]), n)


def _expect_both(alike: PairAgreement, to_first: Floats, to_second: Floats, raters: int) -> Floats:
    total = np.bincount(alike.first, to_first, raters) + np.bincount(alike.second, to_second, raters)
    return np.asarray(total, dtype=np.float64)


def _test_agreement(alike: PairAgreement, tested: Ints, u: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Give for each tested pair the chance of agreeing so often, and the share of agreement expected."""
    i, j, n = alike.first[tested], alike.second[tested], alike.shared[tested]
    # Two honest raters also agree because both see the item: the covariance u_i u_j, on good and on bad.
    mean = np.clip(alike.chance[tested] / n + 2 * u[i] * u[j], 0.05, 0.98)
    variance = 4 * (u[i] ** 2 * spread[j] + u[j] ** 2 * spread[i] + spread[i] * spread[j])
    variance = np.clip(variance, 1e-4, 0.5 * mean * (1 - mean))
    size = mean * (1 - mean) / variance - 1
    # Wider than a binomial, for u itself is an estimate; else good raters would look like a bloc.
    met = scipy.stats.betabinom.sf(alike.agreed[tested] - 1, n, mean * size, (1 - mean) * size)
    return np.asarray(met), mean


def _is_above_zero(values: Floats, group: Ints, *, weight: Floats) -> bool:
    """Is the weighted mean surely above 0, and possibly so in each group that is large enough to tell?"""

    def away(part: NDArray[np.bool_]) -> float:
        v, w = values[part], weight[part]
        mean = float((w * v).sum() / w.sum())
        return mean * float(w.sum()) / max(float(np.sqrt((w**2 * (v - mean) ** 2).sum())), 1e-9)

    if len(values) < MIN_SHARED_ITEMS or away(np.ones(len(values), dtype=np.bool_)) < MIN_AGREEMENT_Z:
        return False
    large = np.flatnonzero(np.bincount(group) >= MIN_SHARED_ITEMS)
    return all(away(group == k) > MIN_AGENT_AGREEMENT_Z for k in large)


def _clusters(first: Ints, second: Ints, raters: int) -> Ints:
    """Put linked raters together; two groups only where a fifth of the pairs between them are linked.

    Average linkage within what is linked at all: a few links between two blocs do not make them one.
    """
    links = scipy.sparse.coo_array((np.ones(len(first)), (first, second)), shape=(raters, raters)).tocsr()
    label = np.asarray(scipy.sparse.csgraph.connected_components(links, directed=False)[1], dtype=np.int64)
    together = links + links.T
    for number in np.flatnonzero(np.bincount(label, minlength=1) > 2):
        members = np.flatnonzero(label == number)
        # Only within what is linked at all: a matrix of all raters would not fit into memory.
        apart = 1 - np.minimum(together[members][:, members].toarray(), 1.0)
        tree = scipy.cluster.hierarchy.linkage(apart[np.triu_indices(len(members), 1)], method="average")
        split = scipy.cluster.hierarchy.fcluster(tree, 1 - LINKED_PAIRS, criterion="distance")
        label[members] = label.max() + split
    return label


def _without(blocs: Blocs, left: NDArray[np.bool_]) -> Blocs:
    """Take some blocs away; the others are numbered without gaps."""
    number = np.r_[np.where(left, -1, np.cumsum(~left) - 1), -1]
    return Blocs(number[blocs.bloc], blocs.agreed[~left], blocs.expected[~left], blocs.skill)


def _link(alike: PairAgreement, found: Ints, mean: Floats, skill: Floats) -> Blocs:
    raters = len(skill)
    first, second = alike.first[found], alike.second[found]
    label = _clusters(first, second, raters)
    size = np.bincount(label, minlength=1)[label]
    member = (size > 1) & (size < MAX_BLOC_SHARE * raters)
    names, number = np.unique(label[member], return_inverse=True)
    bloc = np.full(raters, -1, dtype=np.int64)
    bloc[member] = number
    kept = (bloc[first] >= 0) & (bloc[first] == bloc[second])
    of, shared = bloc[first][kept], alike.shared[found][kept]
    n = np.bincount(of, shared, len(names))
    agreed = np.bincount(of, alike.agreed[found][kept], len(names)) / n
    expected = np.bincount(of, mean[kept] * shared, len(names)) / n
    return Blocs(bloc, agreed, expected, skill)
