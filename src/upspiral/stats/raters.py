"""Whose word counts? Reliability of raters from agreement, and blocs that agree too well to be honest."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import expit, logit
from scipy.stats import betabinom

from upspiral.stats.discovery import benjamini_hochberg

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Method = Literal["majority", "dawid_skene"]

TYPICAL = 0.75
"""How often a rater of whom nothing is known is right, before anything is known of the others."""
STRENGTH = 8.0
"""Votes that this belief is worth, for good and for bad items each."""
HELD_OUT = 5
"""Parts into which the votes fall when the methods are compared."""
NOISE, SPREAD = 0.16**2, 0.1**2
"""Variance of one product of two deviations from habit, and of u among raters (both for 80 % good items)."""
LEAST_SHARED = 8
"""Items that two raters must share before they can be found too alike."""
LARGEST_BLOC = 1 / 3
"""Share of all raters above which raters who judge alike are not called a bloc."""
PAIRS_AT_MOST = 5_000_000
"""Votes on one item by two raters that are looked at; items with very many raters are thinned to that."""


@dataclass(frozen=True)
class Ballots:
    """Votes as columns: one line per rater and item, numbered from 0 without gaps."""

    rater: Ints
    item: Ints
    good: Floats
    """1 where the rater called the item good, else 0."""
    group: Ints
    """For each item what it is one of (its agent), from 0 without gaps."""
    gold: Floats
    """For each item 1 or 0 where the truth is known, else NaN."""
    raters: int

    def of(self, kept: NDArray[np.bool_] | Ints) -> "Ballots":
        """Keep some lines, in the order given; raters and items keep their numbers."""
        return replace(self, rater=self.rater[kept], item=self.item[kept], good=self.good[kept])

    def shared(self) -> NDArray[np.bool_]:
        """Say which lines are about an item that somebody else judged too, or whose truth is known."""
        votes = np.bincount(self.item, minlength=len(self.gold))
        return np.asarray((votes[self.item] > 1) | ~np.isnan(self.gold[self.item]))


@dataclass(frozen=True)
class Fit:
    """What one method believes."""

    hits: Floats
    """Per rater how often bad (column 0) and good items (column 1) are called what they are, 0 to 1."""
    typical: Floats
    """The same for a rater of whom nothing is known."""
    truth: Floats
    """Per item how likely it is good; the base rate where nobody was heard."""
    base: float
    """The share of good items."""

    def right(self) -> Floats:
        """Give each rater's share of right votes: `sum over a of p_a C[a, a]`."""
        return np.asarray(self.hits @ np.array([1 - self.base, self.base]))


def log_odds(hits: Floats) -> Floats:
    """Give the evidence in a vote, in nats: the mean of the log-odds for bad and for good items, at least 0.

    It is `ln(q / (1 - q))` for a rater who is right with chance q on both, and 0 for one who always says the
    same or is wrong more often than right. It is the average of `ln P(vote | good) / P(vote | bad)` over the
    two votes, hence the best weight that does not depend on the vote (Nitzan and Paroush 1982).

    >>> log_odds(np.array([[0.9, 0.9], [0.05, 0.95], [0.3, 0.4]])).round(2).tolist()
    [2.2, 0.0, 0.0]
    """
    return np.asarray(np.maximum(logit(np.clip(hits, 0.01, 0.99)).mean(axis=-1).round(9), 0.0))


def majority(ballots: Ballots, voice: Floats) -> Fit:
    """Judge each rater by the majority of the others on the same item.

    Args:
        ballots: The votes; lines about items that nobody else judged teach nothing.
        voice: Per rater how much the vote counts in the majority, 0 or more.

    >>> votes = Ballots(np.array([0, 1, 2] * 20), np.repeat(np.arange(20), 3), np.array([1.0, 1, 0] * 20),
    ...                 np.zeros(20, int), np.full(20, np.nan), raters=3)
    >>> majority(votes, np.ones(3)).hits[:, 1].round(2).tolist()
    [0.82, 0.82, 0.17]
    """
    loud = voice[ballots.rater]
    n = len(ballots.gold)
    yes = np.bincount(ballots.item, loud * ballots.good, n)
    total = np.bincount(ballots.item, loud, n)
    known = ~np.isnan(ballots.gold)
    base = _base(np.where(known, ballots.gold, yes / np.maximum(total, 1e-9)), (total > 0) | known)
    truth = np.where(known, ballots.gold, (yes + base) / (total + 1))
    rest, others = (yes[ballots.item] - loud * ballots.good), (total[ballots.item] - loud)
    seen = np.where(
        known[ballots.item], ballots.gold[ballots.item], (2 * rest > others) + 0.5 * (2 * rest == others)
    )
    heard = np.where((others > 1e-9) | known[ballots.item], 1.0, 0.0)
    hits, typical = _rates(ballots, seen, heard, voice)
    return Fit(hits, typical, truth, base)


def dawid_skene(ballots: Ballots, voice: Floats, *, rounds: int = 60, tolerance: float = 1e-4) -> Fit:
    """Estimate truth and raters together (Dawid and Skene 1979), with priors, for good and bad.

    `T_ia ~ p_a prod_w C_w[a, b_iw]`, and from it `C_w[a, a] = (k m_a + sum T_ia [b = a]) / (k + sum T_ia)`
    with k = 8 and m the mean over the raters, in turns until no truth moves by more than the tolerance.
    Starts at the majority; nothing is drawn by chance.

    Args:
        ballots: The votes. Items judged once are left to the prior, for one vote cannot be checked.
        voice: Per rater how much the vote counts; 0 leaves the rater out of the truth.
        rounds: At most so many turns.
        tolerance: Largest change of a truth at which it stops.
    """
    start = majority(ballots, voice)
    loud, known, n = voice[ballots.rater], ~np.isnan(ballots.gold), len(ballots.gold)
    heard = ballots.shared().astype(float)
    judged = known | (np.bincount(ballots.item, loud, n) > 0)
    counted = np.minimum(loud, 1.0)
    truth, fit = start.truth, start
    for _ in range(rounds):
        hits, typical = _rates(ballots, truth[ballots.item], heard, voice)
        base = _base(truth, judged & (np.bincount(ballots.item, heard, n) > 0))
        evidence = np.bincount(ballots.item, counted * heard * _evidence(hits, ballots), n)
        updated = np.where(known, ballots.gold, expit(logit(base) + evidence))
        moved, truth = float(np.max(np.abs(updated - truth), initial=0.0)), updated
        fit = Fit(hits, typical, truth, base)
        if moved < tolerance:
            break
    return fit


def held_out_loss(ballots: Ballots, voice: Floats, method: Method) -> Floats:
    """Give the log loss of each vote, predicted by a method that did not see it (nats, lower is better).

    Only votes on items with other votes or gold are asked about; each vote is hidden once.
    """
    asked = np.flatnonzero(ballots.shared() & (voice[ballots.rater] > 0))
    part = (np.arange(len(ballots.item)) * 7 + ballots.item * 3) % HELD_OUT
    losses = np.zeros(len(asked))
    for fold in range(HELD_OUT):
        hidden = part == fold
        seen = ballots.of(~hidden)
        fit = majority(seen, voice) if method == "majority" else dawid_skene(seen, voice)
        mine = hidden[asked]
        votes = ballots.of(np.isin(np.arange(len(part)), asked[mine]))
        losses[mine] = _surprise(fit, votes, known=np.bincount(seen.item, minlength=len(ballots.gold)) > 0)
    return losses


def chosen(ballots: Ballots, voice: Floats) -> tuple[Method, Fit]:
    """Choose between majority and Dawid-Skene without gold: the one that foretells hidden votes better.

    The simpler one stays unless the other's mean log loss is lower by more than a standard error.
    """
    gain = held_out_loss(ballots, voice, "majority") - held_out_loss(ballots, voice, "dawid_skene")
    better = len(gain) > 1 and gain.mean() > gain.std() / np.sqrt(len(gain))
    method: Method = "dawid_skene" if better else "majority"
    return method, (dawid_skene if better else majority)(ballots, voice)


@dataclass(frozen=True)
class Alike:
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

    def voice(self) -> Floats:
        """Give per rater how much to listen at first: 0 in a bloc, below 1 under half the median skill."""
        return np.where(self.bloc >= 0, 0.0, np.minimum(2 * self.skill, 1.0))

    def members(self) -> list[Ints]:
        """List the raters of each bloc."""
        return [np.flatnonzero(self.bloc == number) for number in range(len(self.agreed))]


def pairs(ballots: Ballots) -> Alike:
    """Count how alike each two raters judged; items with gold are left out, for there truth explains it."""
    votes = _thinned(ballots.of(np.isnan(ballots.gold[ballots.item])))
    habit = _habits(votes)
    first, second = _meetings(votes.item)
    low, high = votes.rater[first], votes.rater[second]
    key = np.minimum(low, high) * votes.raters + np.maximum(low, high)
    unique, where = np.unique(key, return_inverse=True)
    a, b, p, q = votes.good[first], votes.good[second], habit[first], habit[second]

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(where, values, len(unique)), dtype=np.float64)

    first, second = np.divmod(unique, max(votes.raters, 1))
    agreed, chance = total((a == b).astype(float)), total(p * q + (1 - p) * (1 - q))
    return Alike(
        first, second, total(np.ones(len(a))), agreed, chance=chance, product=total((a - p) * (b - q))
    )


def find_blocs(ballots: Ballots, q: float = 0.01) -> Blocs:
    """Find raters who rate the same items alike, beyond habit and reliability.

    If votes depend on each other through the item only, the covariance of two raters is a product
    `u_i u_j` (Parisi et al. 2014). u is fitted with no pair weighing more than three items and without pairs
    that look suspicious (twice over); a pair's agreement is then tested against the beta-binomial with
    mean `chance + 2 u_i u_j` and the variance of u, and of all pairs that share 8 items those count that
    Benjamini and Hochberg let pass at q. Linked pairs make a bloc, unless they are more than a third of all
    raters: then nobody can say which side is honest.

    Args:
        ballots: The votes.
        q: Expected share of false pairs among those found.
    """
    alike = pairs(ballots)
    tested = np.flatnonzero(alike.shared >= LEAST_SHARED)
    suspect = np.zeros(len(alike.first), dtype=bool)
    p_values, mean = np.ones(len(tested)), np.zeros(len(tested))
    for _ in range(3):
        skill, spread = _skills(alike, ballots.raters, suspect)
        p_values, mean = _too_alike(alike, tested, skill, spread)
        suspect = np.zeros(len(alike.first), dtype=bool)
        suspect[tested[p_values < 1e-3]] = True
    flagged = np.asarray(benjamini_hochberg(p_values.tolist(), q), dtype=bool)
    usual = max(float(np.median(skill)), 0.01) if len(skill) else 1.0
    return _linked(alike, tested[flagged], mean[flagged], skill / usual)


def _base(truth: Floats, judged: NDArray[np.bool_]) -> float:
    return float((truth[judged].sum() + 1) / (judged.sum() + 2))


def _rates(ballots: Ballots, truth: Floats, heard: Floats, voice: Floats) -> tuple[Floats, Floats]:
    """Give each rater's hit rates, drawn to the mean of those who have a voice."""
    seen, right = [], []
    for chance, said in ((1 - truth, 1 - ballots.good), (truth, ballots.good)):
        seen.append(np.bincount(ballots.rater, heard * chance, ballots.raters))
        right.append(np.bincount(ballots.rater, heard * chance * said, ballots.raters))
    n, hit = np.stack(seen, axis=1), np.stack(right, axis=1)
    counts = (voice > 0)[:, None]
    typical = (STRENGTH * TYPICAL + (hit * counts).sum(axis=0)) / (STRENGTH + (n * counts).sum(axis=0))
    typical = np.clip(typical, 0.6, 0.95)
    return (STRENGTH * typical + hit) / (STRENGTH + n), typical


def _evidence(hits: Floats, ballots: Ballots) -> Floats:
    bad, good = hits[ballots.rater, 0], hits[ballots.rater, 1]
    return np.asarray(np.where(ballots.good > 0.5, np.log(good / (1 - bad)), np.log((1 - good) / bad)))


def _surprise(fit: Fit, votes: Ballots, *, known: NDArray[np.bool_]) -> Floats:
    gold = votes.gold[votes.item]
    truth = np.where(known[votes.item], fit.truth[votes.item], fit.base)
    truth = np.where(np.isnan(gold), truth, gold)
    hits = fit.hits[votes.rater]
    good = np.clip(truth * hits[:, 1] + (1 - truth) * (1 - hits[:, 0]), 1e-6, 1 - 1e-6)
    return -np.where(votes.good > 0.5, np.log(good), np.log(1 - good))


def _thinned(votes: Ballots) -> Ballots:
    """Order by item, the busiest raters first, and leave out the rest of items with very many raters."""
    busy = np.bincount(votes.rater, minlength=votes.raters)[votes.rater]
    votes = votes.of(np.lexsort((votes.rater, -busy, votes.item)))
    sizes = np.bincount(votes.item, minlength=len(votes.gold))
    place = np.arange(len(votes.item)) - np.r_[0, np.cumsum(sizes)][votes.item]
    for most in (2000, 1000, 500, 200, 100, 50):
        if float((np.minimum(sizes, most).astype(float) ** 2).sum()) <= 2 * PAIRS_AT_MOST:
            break
    return votes.of(place < most)


def _meetings(item: Ints) -> tuple[Ints, Ints]:
    """Give all pairs of lines about one item, of lines ordered by item."""
    found = [np.zeros(0, dtype=np.int64)]
    steps = [0]
    for step in range(1, len(item)):
        here = np.flatnonzero(item[step:] == item[:-step])
        if not len(here):
            break
        found.append(here)
        steps.append(step)
    first = np.concatenate(found)
    return first, first + np.repeat(steps, [len(f) for f in found])


def _habits(votes: Ballots) -> Floats:
    """Give how likely each vote was good, from the rater's habit and the agent's rate.

    In an agent's rate every rater counts once, so that busy ones do not make it.
    """
    group = votes.group[votes.item]
    groups = int(votes.group.max(initial=0)) + 1
    cell, where = np.unique(votes.rater * groups + group, return_inverse=True)
    share = np.bincount(where, votes.good, len(cell)) / np.bincount(where, minlength=len(cell))
    overall = float(votes.good.mean()) if len(where) else 0.5
    each = np.bincount(cell % groups, minlength=groups)
    rate = (np.bincount(cell % groups, share, groups) + 2 * overall) / (each + 2)
    lean = votes.good - rate[group]
    given = np.bincount(votes.rater, minlength=votes.raters)
    own = np.bincount(votes.rater, lean, votes.raters) / (given + 2)
    own = _within_the_usual(own, given, noise=overall * (1 - overall))
    return np.asarray(np.clip(rate[group] + own[votes.rater], 0.02, 0.98))


def _within_the_usual(own: Floats, given: Ints, *, noise: float) -> Floats:
    """Cut habits at two robust deviations (less what chance adds) from the median, at least 0.1.

    Else raters who always say the same would explain each other by their habit.
    """
    many = given >= LEAST_SHARED
    if not many.any():
        return own
    middle = float(np.median(own[many]))
    spread = (1.4826 * float(np.median(np.abs(own[many] - middle)))) ** 2 - noise / float(
        np.median(given[many])
    )
    width = max(2 * float(np.sqrt(max(spread, 0.0))), 0.1)
    return np.asarray(np.clip(own, middle - width, middle + width))


def _skills(alike: Alike, raters: int, suspect: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Fit u with its variance; at first in one step from the typical u, lest a bloc draw it to itself."""
    weight = np.where(suspect, 0.0, np.minimum(alike.shared, 3) / np.maximum(alike.shared, 1))
    n, m = weight * alike.shared, weight * alike.product
    typical = float(np.sqrt(max((m.sum() + 0.03 * 20) / (n.sum() + 20), 0.01)))
    u, held = np.full(raters, typical), np.zeros(raters)
    for turn in range(15 if suspect.any() else 1):
        held = NOISE / SPREAD + _both(alike, n * u[alike.second] ** 2, n * u[alike.first] ** 2, raters)
        pull = _both(alike, m * u[alike.second], m * u[alike.first], raters)
        fresh = np.clip((NOISE / SPREAD * typical + pull) / held, 0.0, 0.5)
        u = (u + fresh) / 2 if turn else fresh
    return u, NOISE / held


def _both(alike: Alike, to_first: Floats, to_second: Floats, raters: int) -> Floats:
    total = np.bincount(alike.first, to_first, raters) + np.bincount(alike.second, to_second, raters)
    return np.asarray(total, dtype=np.float64)


def _too_alike(alike: Alike, tested: Ints, u: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Give for each tested pair the chance of agreeing so often, and the share of agreement expected."""
    i, j, n = alike.first[tested], alike.second[tested], alike.shared[tested]
    mean = np.clip(alike.chance[tested] / n + 2 * u[i] * u[j], 0.05, 0.98)
    variance = 4 * (u[i] ** 2 * spread[j] + u[j] ** 2 * spread[i] + spread[i] * spread[j])
    variance = np.clip(variance, 1e-4, 0.5 * mean * (1 - mean))
    size = mean * (1 - mean) / variance - 1
    return np.asarray(betabinom.sf(alike.agreed[tested] - 1, n, mean * size, (1 - mean) * size)), mean


def _linked(alike: Alike, found: Ints, mean: Floats, skill: Floats) -> Blocs:
    raters = len(skill)
    first, second = alike.first[found], alike.second[found]
    links = coo_array((np.ones(len(found)), (first, second)), shape=(raters, raters))
    label = np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)
    size = np.bincount(label, minlength=raters)[label]
    member = (size > 1) & (size <= LARGEST_BLOC * raters)
    names, number = np.unique(label[member], return_inverse=True)
    bloc = np.full(raters, -1, dtype=np.int64)
    bloc[member] = number
    kept = bloc[first] >= 0
    of, shared = bloc[first][kept], alike.shared[found][kept]
    n = np.bincount(of, shared, len(names))
    agreed = np.bincount(of, alike.agreed[found][kept], len(names)) / n
    expected = np.bincount(of, mean[kept] * shared, len(names)) / n
    return Blocs(bloc, agreed, expected, skill)
