"""Whose word counts? Reliability of raters from agreement."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Method = Literal["majority", "dawid_skene"]

PRIOR_ACCURACY = 0.75
"""Prior accuracy of a rater without any history, before anything is known of the others."""
PRIOR_VOTES = 8.0
"""Votes that this belief is worth, for good and for bad items each."""
HELD_OUT = 5
"""Parts into which the votes fall when the methods are compared."""
GUESS_WORTH = 2.0 ** np.arange(2, 9)
"""Votes on gold that an estimate from agreement may be worth: 4 to 256."""
TYPICAL_WORTH = 32.0
"""What it is worth while there is little gold to tell."""
IN_DOUBT, AGREED = 1 / 3, 2 / 3
"""Agreement on what bad and good items are, -1 to 1, up to which nothing is believed of the way in which all
raters seem to err, and from which on all of it is. Limits from 0.25 to 0.67 did about as well in
the worlds tried."""


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

    def are_shared(self) -> NDArray[np.bool_]:
        """Say which lines are about an item that somebody else judged too."""
        votes = np.bincount(self.item, minlength=len(self.gold))
        return np.asarray(votes[self.item] > 1)

    def are_known(self) -> NDArray[np.bool_]:
        """Say which lines are about an item whose truth is known."""
        return np.asarray(~np.isnan(self.gold[self.item]))


@dataclass(frozen=True)
class RaterFit:
    """What one method believes."""

    hits: Floats
    """Per rater how often bad (column 0) and good items (column 1) are called what they are, 0 to 1."""
    typical: Floats
    """The same for a rater without any history."""
    truth: Floats
    """Per item how likely it is good; the base rate where nobody was counted."""
    base: float
    """The share of good items."""
    likelihood: float = 0.0
    """Of all votes with the prior of the hit rates, in nats, where the method has one."""
    common_bias: float = 1.0
    """How far the way in which all raters seem to err is believed, 0 to 1."""

    def right(self) -> Floats:
        """Give each rater's share of right votes: `sum over a of p_a C[a, a]`."""
        return np.asarray(self.hits @ np.array([1 - self.base, self.base]))


def log_odds(hits: Floats) -> Floats:
    """Give the evidence in a vote, in nats, for the word "bad" (column 0) and the word "good" (column 1).

    `ln P(said | true) / P(said | not true)`: for "good" `ln(C[good] / (1 - C[bad]))`, for "bad"
    `ln(C[bad] / (1 - C[good]))`. Added up they are the best vote of independent raters (Nitzan and Paroush
    1982, for two kinds of error). Who overlooks bad answers says little with "good" and much with "bad"; both
    are 0 for one who always says the same, and negative for one who is wrong more often than right.

    Args:
        hits: How often bad and good items are called what they are; shape (..., 2).

    >>> log_odds(np.array([[0.9, 0.9], [0.05, 0.95], [0.5, 0.9], [0.3, 0.4]])).round(2).tolist()
    [[2.2, 2.2], [0.0, 0.0], [1.61, 0.59], [-0.69, -0.56]]
    """
    bad, good = np.moveaxis(np.clip(hits, 0.01, 0.99), -1, 0)
    return np.stack([np.log(bad / (1 - good)), np.log(good / (1 - bad))], axis=-1).round(9) + 0.0


def majority(ballots: Ballots, rater_weight: Floats) -> RaterFit:
    """Judge each rater by the majority of the others on the same item.

    Args:
        ballots: The votes; lines about items that nobody else judged teach nothing.
        rater_weight: Per rater how much the vote counts in the majority, 0 or more.

    >>> votes = Ballots(np.array([0, 1, 2] * 20), np.repeat(np.arange(20), 3), np.array([1.0, 1, 0] * 20),
    ...                 np.zeros(20, int), np.full(20, np.nan), raters=3)
    >>> majority(votes, np.ones(3)).hits[:, 1].round(2).tolist()
    [0.82, 0.82, 0.17]
    """
    loud = rater_weight[ballots.rater]
    n = len(ballots.gold)
    yes = np.bincount(ballots.item, loud * ballots.good, n)
    total = np.bincount(ballots.item, loud, n)
    base = base_rate(yes / np.maximum(total, 1e-9), total > 0)
    truth = (yes + base) / (total + 1)
    # Without the own vote: a rater would else agree with a majority that is made by the rater.
    rest, others = (yes[ballots.item] - loud * ballots.good), (total[ballots.item] - loud)
    # A tie says nothing of who is right.
    seen = (2 * rest > others) + 0.5 * (2 * rest == others)
    line_weight = np.where(others > 1e-9, 1.0, 0.0)
    hits, typical = estimate_hits(ballots, seen, line_weight, rater_weight)
    believed = believe_common_bias(ballots, seen, line_weight, rater_weight=rater_weight, base=base)
    return RaterFit(hits, typical, truth, base, common_bias=believed)


def dawid_skene(
    ballots: Ballots, rater_weight: Floats, *, camps: Sequence[Ints] = (), rounds: int = 60
) -> RaterFit:
    """Estimate truth and raters together (Dawid and Skene 1979), with priors, for good and bad.

    `T_ia ~ p_a prod_w C_w[a, b_iw]`, and from it `C_w[a, a] = (k m_a + sum T_ia [b = a]) / (k + sum T_ia)`
    with k = 8 and m the mean over the raters, in turns until no truth moves by more than 1e-4. It starts at
    the majority and at the word of each camp, and the likeliest end is taken: where many raters err together,
    the majority is a start from which the truth is not reached. Nothing is drawn by chance.

    Args:
        ballots: The votes. Items judged once are left to the prior, for one vote cannot be checked.
        rater_weight: Per rater how much the vote counts; 0 leaves the rater out of the truth.
        camps: Groups of raters whose word may be the truth.
        rounds: At most so many turns.
    """
    # The likelihood has several tops, and EM ends on the one it starts below; so it starts at several.
    plain = majority(ballots, rater_weight)
    fits = [_climb(ballots, rater_weight, plain, rounds)]
    for camp in camps:
        own = np.zeros(ballots.raters)
        own[camp] = 1.0
        judged = np.bincount(ballots.item, own[ballots.rater], len(ballots.gold)) > 0
        start = np.where(judged, majority(ballots, own).truth, plain.truth)
        fits.append(_climb(ballots, rater_weight, replace(plain, truth=start), rounds))
    return max(fits, key=lambda fit: fit.likelihood)


def cross_validated_loss(
    ballots: Ballots, rater_weight: Floats, method: Method, camps: Sequence[Ints] = ()
) -> Floats:
    """Give the log loss of each vote, predicted by a method that did not see it (nats, lower is better).

    Only votes on items with other votes are asked about. Each vote is hidden once, in parts drawn at random
    (always the same): parts by line number hide whole raters where the lines are in their order.
    """
    asked = np.flatnonzero(ballots.are_shared() & (rater_weight[ballots.rater] > 0))
    # One fixed seed: the same votes must always choose the same method.
    part = np.random.default_rng(0).permutation(len(ballots.item)) % HELD_OUT
    losses = np.zeros(len(asked))
    for fold in range(HELD_OUT):
        hidden = part == fold
        seen = ballots.of(~hidden)
        fit = (
            majority(seen, rater_weight)
            if method == "majority"
            else dawid_skene(seen, rater_weight, camps=camps)
        )
        mine = hidden[asked]
        votes = ballots.of(asked[mine])
        losses[mine] = _surprise(fit, votes, known=np.bincount(seen.item, minlength=len(ballots.gold)) > 0)
    return losses


def choose_method(
    ballots: Ballots, rater_weight: Floats, camps: Sequence[Ints] = ()
) -> tuple[Method, RaterFit]:
    """Choose between majority and Dawid-Skene without gold: the one that predicts hidden votes better.

    The simpler one stays unless the other's mean log loss is lower by more than a standard error.
    """
    gain = cross_validated_loss(ballots, rater_weight, "majority") - cross_validated_loss(
        ballots, rater_weight, "dawid_skene", camps
    )
    # By a standard error, so that chance alone does not change the method from night to night.
    if len(gain) > 1 and gain.mean() > gain.std() / np.sqrt(len(gain)):
        return "dawid_skene", dawid_skene(ballots, rater_weight, camps=camps)
    return "majority", majority(ballots, rater_weight)


def with_gold(fit: RaterFit, ballots: Ballots, *, in_doubt: NDArray[np.bool_]) -> RaterFit:
    """Correct the hit rates by the items whose truth is known.

    What agreement says of a rater is a guess: raters can err together. Here it is a prior worth k votes on
    gold of each kind, `C[a, a] = (k guess + right on gold) / (k + votes on gold)`. k is the one under which
    the votes on gold are likeliest, all raters together (beta-binomial); while they are few it stays near 32.

    Args:
        fit: What agreement says.
        ballots: The votes, with gold.
        in_doubt: Raters whose agreement with others is no evidence: their guess is one half. Shape (raters,).

    >>> thirty, zeros = np.ones(30), np.zeros(30, dtype=np.int64)
    >>> votes = Ballots(zeros, np.arange(30), thirty, zeros, thirty, raters=1)
    >>> fit = RaterFit(np.array([[0.6, 0.2]]), np.array([0.7, 0.7]), truth=np.ones(30), base=0.9)
    >>> with_gold(fit, votes, in_doubt=np.zeros(1, bool)).hits.round(2).tolist()
    [[0.6, 0.91]]
    """
    guess = np.where(in_doubt[:, None], 0.5, np.clip(fit.hits, 0.02, 0.98))
    known = ballots.of(ballots.are_known())
    n, right = _counts(known, known.gold[known.item], np.ones(len(known.item)))
    # A wide bell over powers of two: few votes on gold leave the worth of the guess near its usual one.
    prior = -0.5 * (np.log2(GUESS_WORTH / TYPICAL_WORTH) / 1.5) ** 2
    likely = [
        float(np.sum(scipy.stats.betabinom.logpmf(right, n, k * guess, k * (1 - guess)))) for k in GUESS_WORTH
    ]
    k = float(GUESS_WORTH[int(np.argmax(prior + np.array(likely)))])
    counts = ((n.sum(axis=1) > 0) & ~in_doubt)[:, None]
    # What gold says of all raters also corrects what is thought of one without any history.
    many = k * max(int(counts.sum()), 1)
    typical = (many * fit.typical + (right * counts).sum(axis=0)) / (many + (n * counts).sum(axis=0))
    return replace(fit, hits=(k * guess + right) / (k + n), typical=np.clip(typical, 0.6, 0.95))


def _climb(ballots: Ballots, rater_weight: Floats, start: RaterFit, rounds: int) -> RaterFit:
    """Run the EM from a first belief in the truth to its end."""
    loud, n = rater_weight[ballots.rater], len(ballots.gold)
    line_weight = ballots.are_shared().astype(float)
    judged = np.bincount(ballots.item, loud, n) > 0
    # No rater speaks louder than one vote, and an item with a single vote teaches nothing of its rater.
    counted = np.minimum(loud, 1.0) * line_weight
    truth, fit = start.truth, start
    for _ in range(rounds):
        hits, typical = estimate_hits(ballots, truth[ballots.item], line_weight, rater_weight)
        base = base_rate(truth, judged & (np.bincount(ballots.item, line_weight, n) > 0))
        if_bad, if_good = _likelihoods(hits, ballots)
        bad = np.log(1 - base) + np.bincount(ballots.item, counted * if_bad, n)
        good = np.log(base) + np.bincount(ballots.item, counted * if_good, n)
        updated = np.asarray(scipy.special.expit(good - bad))
        moved, truth = float(np.max(np.abs(updated - truth), initial=0.0)), updated
        # With the prior of the hit rates, which the updates maximize too: without it the ends cannot be
        # compared.
        prior = PRIOR_VOTES * (typical * np.log(hits) + (1 - typical) * np.log(1 - hits)).sum(axis=1)
        likely = float(np.logaddexp(bad, good)[judged].sum() + (np.minimum(rater_weight, 1.0) * prior).sum())
        fit = RaterFit(hits, typical, truth, base, likely)
        if moved < 1e-4:
            break
    believed = believe_common_bias(
        ballots, truth[ballots.item], line_weight, rater_weight=rater_weight, base=fit.base
    )
    return replace(fit, common_bias=believed)


def base_rate(truth: Floats, judged: NDArray[np.bool_]) -> float:
    """Give the share of good items among those that were judged, 0 to 1, with one of each kind added."""
    return float((truth[judged].sum() + 1) / (judged.sum() + 2))


def estimate_hits(
    ballots: Ballots, truth: Floats, line_weight: Floats, rater_weight: Floats
) -> tuple[Floats, Floats]:
    """Give each rater's hit rates, drawn to the mean of those who count."""
    n, hit = _counts(ballots, truth, line_weight)
    counts = (rater_weight > 0)[:, None]
    typical = (PRIOR_VOTES * PRIOR_ACCURACY + (hit * counts).sum(axis=0)) / (
        PRIOR_VOTES + (n * counts).sum(axis=0)
    )
    # Below a half "good" and "bad" would change places, and EM would not notice.
    typical = np.clip(typical, 0.6, 0.95)
    return (PRIOR_VOTES * typical + hit) / (PRIOR_VOTES + n), typical


def believe_common_bias(
    ballots: Ballots, truth: Floats, line_weight: Floats, *, rater_weight: Floats, base: float
) -> float:
    """Say how far the way in which all raters seem to err is believed, 0 to 1.

    Votes show which items are alike, and only the raters say which of them are good. Where those who tell
    bad and good items apart call the good ones good, a typical rater who does so seldom overlooks them.
    Where they do not, what was found is a kind of item and not the good ones, such as those between two
    words, and then nobody is to blame for the way in which all vote.

    Args:
        ballots: The votes.
        truth: Per line how likely the item is good.
        line_weight: Per line how much it counts.
        rater_weight: Per rater how much the vote counts; 0 leaves the rater out.
        base: The share of good items.

    >>> who, item = np.tile(np.arange(5), 40), np.repeat(np.arange(40), 5)
    >>> for good in ((item % 2 == 0) & (who > 0), (item % 2 == 0) == (who < 2)):  # agreed, and at odds
    ...     votes = Ballots(who, item, good * 1.0, np.zeros(40, int), np.full(40, np.nan), raters=5)
    ...     believe_common_bias(votes, (item % 2 == 0) * 1.0, np.ones(200), rater_weight=np.ones(5), base=0.5)
    1.0
    0.0
    """
    n, hit = _counts(ballots, truth, line_weight)
    counts = (rater_weight > 0)[:, None]
    usual = ((hit * counts).sum(axis=0) + 1) / ((n * counts).sum(axis=0) + 2)
    hits = (PRIOR_VOTES * usual + hit) / (PRIOR_VOTES + n)
    says = np.stack([1 - hits[:, 0], hits[:, 1]], axis=1)
    known = information(says, np.array([1 - base, base])) * n.sum(axis=1) * (rater_weight > 0)
    bad, good = agreement(says, known)
    return float(np.clip((min(-bad, good) - IN_DOUBT) / (AGREED - IN_DOUBT), 0.0, 1.0))


def information(says: Floats, share: Floats) -> Floats:
    """Give what each rater's vote tells of the class of an item, in nats (mutual information).

    Args:
        says: Per rater and class how likely the rater calls such an item good.
        share: Per class its part of the items.

    >>> information(np.array([[0.1, 0.9], [0.5, 0.5]]), np.array([0.5, 0.5])).round(2).tolist()
    [0.37, 0.0]
    """

    def entropy(chance: Floats) -> Floats:
        return np.asarray(-(chance * np.log(chance) + (1 - chance) * np.log(1 - chance)))

    return np.asarray(np.maximum(entropy(says @ share) - entropy(says) @ share, 1e-9))


def agreement(says: Floats, authority: Floats) -> Floats:
    """Give per class how far raters agree on what it is: -1 for bad, 1 for good, 0 where half disagree.

    Args:
        says: Per rater and class how likely the rater calls such an item good.
        authority: Per rater how much the word counts.
    """
    lean = authority[:, None] * (says - 0.5)
    return np.asarray(lean.sum(axis=0) / np.maximum(np.abs(lean).sum(axis=0), 1e-300))


def _counts(ballots: Ballots, truth: Floats, line_weight: Floats) -> tuple[Floats, Floats]:
    """Count per rater the votes on bad and on good items, and of these the right ones; shape (raters, 2)."""
    seen, right = [], []
    for chance, said in ((1 - truth, 1 - ballots.good), (truth, ballots.good)):
        seen.append(np.bincount(ballots.rater, line_weight * chance, ballots.raters))
        right.append(np.bincount(ballots.rater, line_weight * chance * said, ballots.raters))
    return np.stack(seen, axis=1), np.stack(right, axis=1)


def _likelihoods(hits: Floats, ballots: Ballots) -> tuple[Floats, Floats]:
    """Give for each vote the log-likelihood if the item is bad, and if it is good."""
    bad, good = hits[ballots.rater, 0], hits[ballots.rater, 1]
    said = ballots.good > 0.5
    return np.log(np.where(said, 1 - bad, bad)), np.log(np.where(said, good, 1 - good))


def _surprise(fit: RaterFit, votes: Ballots, *, known: NDArray[np.bool_]) -> Floats:
    truth = np.where(known[votes.item], fit.truth[votes.item], fit.base)
    hits = fit.hits[votes.rater]
    good = np.clip(truth * hits[:, 1] + (1 - truth) * (1 - hits[:, 0]), 1e-6, 1 - 1e-6)
    return -np.where(votes.good > 0.5, np.log(good), np.log(1 - good))
