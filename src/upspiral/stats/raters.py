"""Whose word counts? Reliability of raters from agreement."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Method = Literal["majority", "dawid_skene"]

TYPICAL = 0.75
"""How often a rater of whom nothing is known is right, before anything is known of the others."""
STRENGTH = 8.0
"""Votes that this belief is worth, for good and for bad items each."""
HELD_OUT = 5
"""Parts into which the votes fall when the methods are compared."""


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
