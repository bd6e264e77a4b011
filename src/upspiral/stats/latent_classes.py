"""Into how many latent classes do the items fall, and which of them are good?

Dawid and Skene's model knows two classes. Where some items are hard for everybody, or where most raters share
a misconception about one kind of item, more classes predict hidden votes better.
"""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from upspiral.stats.raters import (
    PRIOR_VOTES,
    Ballots,
    Floats,
    RaterFit,
    agreement,
    base_rate,
    believe_common_bias,
    estimate_hits,
    information,
)

MOST_CLASSES = 5
"""More are never tried."""
FEWEST_VOTES = 5.0
"""Votes an item, on average, below which two classes are taken: fewer cannot tell more classes apart."""
ONE_MORE = 2.0
"""Standard errors by which the log loss of hidden votes must fall for one class more."""
MIN_GAIN_ERRORS, LEAST_GAIN = 3.0, 0.01
"""Standard errors, and nats a vote, by which all of them together must be better than two classes."""
OTHERS = 1.0
"""The same, for the votes of those outside blocs: they tell less of what only the bloc may know."""
STARTS = 3
"""Starts of the EM, the first at the mean votes; the likeliest is followed to its end."""
AUTHORITY = 3
"""Power of the information in a rater's votes with which the rater speaks on which classes are good. The few
who tell all classes apart must outweigh the many who tell only the easy ones; chosen on planted truth."""
SHARPNESS = 0.3
"""Power of the agreement on a class that becomes its chance to be good: at 1 all classes stay in doubt."""


@dataclass(frozen=True)
class LatentClasses:
    """A fit of the votes by latent classes."""

    says_good: Floats
    """Per rater and class how likely the rater calls such an item good."""
    member: Floats
    """Per item and class how likely the item is one of the class."""
    share: Floats
    """Per class its part of the items."""
    likelihood: float
    """Of all votes with the prior, in nats."""


def count_classes(ballots: Ballots, rater_weight: Floats, blocs: NDArray[np.bool_] | None = None) -> int:
    """Count the classes, 2 to 5: one more as long as it predicts hidden votes better.

    A fifth of the votes is hidden, drawn at random (always the same). Source: held-out likelihood as the
    choice of the number of classes in latent class analysis (Smyth 2000).

    Args:
        ballots: The votes.
        rater_weight: Per rater how much the vote counts; 0 leaves the rater out.
        blocs: Who judges too much alike. Copies of one rater make a class of their own, which tells nothing
            of the votes of the others; what experts know does, so these must be predicted better, too.
    """
    items = int((np.bincount(ballots.item, minlength=len(ballots.gold)) > 0).sum())
    # Few votes an item leave the classes to the starts; two are safe.
    if len(ballots.item) < FEWEST_VOTES * max(items, 1):
        return 2
    # One fixed seed: the same votes must always give the same number.
    hidden = np.random.default_rng(0).permutation(len(ballots.item)) % 5 == 0
    losses = [_predict_hidden(ballots, hidden, rater_weight, classes=2)]
    for classes in range(3, MOST_CLASSES + 1):
        losses.append(_predict_hidden(ballots, hidden, rater_weight, classes=classes))
        if not _lower(losses[-1], losses[-2], errors=ONE_MORE):
            losses.pop()
            break
    gain = float((losses[0] - losses[-1]).mean())
    sure = gain > LEAST_GAIN and _lower(losses[-1], losses[0], errors=MIN_GAIN_ERRORS)
    if sure and blocs is not None and blocs.any():
        others = ~blocs[_keep_visible(ballots, hidden, rater_weight).rater]
        sure = _lower(losses[-1][others], losses[0][others], errors=OTHERS)
    return 1 + len(losses) if sure else 2


def latent_class_fit(
    ballots: Ballots, rater_weight: Floats, classes: int, *, class_weight: Floats | None = None
) -> RaterFit:
    """Estimate truth and raters with several latent classes of items.

    Which classes are good is said by the raters, each with the third power of the mutual information between
    the vote and the class: one who answers each class in its own way knows the classes. Classes on which
    these disagree count as half good, so that nobody is blamed for items that are hard for all.

    Args:
        ballots: The votes.
        rater_weight: Per rater how much the vote counts in finding the classes; 0 leaves the rater out.
        classes: How many.
        class_weight: Per rater how much it counts in saying which classes are good; None for `rater_weight`.
    """
    found = fit_classes(ballots, rater_weight, classes)
    rater_weight = rater_weight if class_weight is None else class_weight
    says, share = found.says_good, found.share
    agreed = agreement(says, information(says, share) ** AUTHORITY * np.minimum(rater_weight, 1.0))
    # Soft: an item of a class in dispute is half good, and nobody is blamed for it.
    truth = found.member @ (0.5 + 0.5 * np.sign(agreed) * np.abs(agreed) ** SHARPNESS)
    judged = (
        np.bincount(ballots.item, ballots.are_shared() & (rater_weight[ballots.rater] > 0), len(ballots.gold))
        > 0
    )
    of_line, shared, base = truth[ballots.item], ballots.are_shared().astype(float), base_rate(truth, judged)
    hits, typical = estimate_hits(ballots, of_line, shared, rater_weight)
    believed = believe_common_bias(ballots, of_line, shared, rater_weight=rater_weight, base=base)
    return RaterFit(hits, typical, truth, base, found.likelihood, believed)


def fit_classes(ballots: Ballots, rater_weight: Floats, classes: int) -> LatentClasses:
    """Fit latent classes by EM from several starts (always the same); the likeliest is followed to its end.

    `T_ik ~ p_k prod_w P_w[k, vote]`, and from it `P_w[k] = (8 m_k + sum T_ik good) / (8 + sum T_ik)`, m being
    the mean over the raters. Source: Dawid and Skene (1979), Goodman (1974).

    >>> items = np.repeat(np.arange(60), 9)
    >>> votes = Ballots(np.tile(np.arange(9), 60), items, (items % 3 > np.tile(np.arange(9), 60) % 3) * 1.0,
    ...                 np.zeros(60, int), np.full(60, np.nan), raters=9)
    >>> fit_classes(votes, np.ones(9), 3).member.max(axis=1).min().round(2).item()
    1.0
    """
    rng, n = np.random.default_rng(0), len(ballots.gold)
    counts = np.bincount(ballots.item, minlength=n)
    usual = float(ballots.good.mean()) if len(ballots.good) else 0.5
    mean = (np.bincount(ballots.item, ballots.good, n) + 2 * usual) / (counts + 2)
    middles = np.quantile(mean, np.linspace(0.05, 0.95, classes)) if n else np.full(classes, 0.5)
    # Classes that differ in how many call them good are found from here; the other starts shake this one.
    near = np.exp(-((mean[:, None] - middles) ** 2) / (2 * 0.15**2)) + 1e-3
    found = []
    for start in range(STARTS):
        member = near * rng.gamma(0.5, size=near.shape) + 1e-6 if start else near
        found.append(_climb(ballots, rater_weight, member / member.sum(axis=1, keepdims=True), rounds=12))
    return _climb(ballots, rater_weight, max(found, key=lambda fit: fit.likelihood).member, rounds=60)


def _climb(ballots: Ballots, rater_weight: Floats, member: Floats, *, rounds: int) -> LatentClasses:
    line_weight, n = ballots.are_shared().astype(float), len(member)
    loud = np.minimum(rater_weight[ballots.rater], 1.0) * line_weight
    judged = np.bincount(ballots.item, loud, n) > 0
    counted = (rater_weight > 0)[:, None]
    for _ in range(rounds):
        columns = [column[ballots.item] * line_weight for column in member.T]
        seen = np.stack([np.bincount(ballots.rater, w, ballots.raters) for w in columns], axis=1)
        good = np.stack(
            [np.bincount(ballots.rater, w * ballots.good, ballots.raters) for w in columns], axis=1
        )
        mean = (1 + (good * counted).sum(axis=0)) / (2 + (seen * counted).sum(axis=0))
        says = (PRIOR_VOTES * mean + good) / (PRIOR_VOTES + seen)
        # One item of each added: a class that loses its last item could never come back.
        share = (member[judged].sum(axis=0) + 1) / (judged.sum() + member.shape[1])
        yes, no = np.log(says), np.log(1 - says)
        each = np.where((ballots.good > 0.5)[:, None], yes[ballots.rater], no[ballots.rater])
        log = np.stack([np.bincount(ballots.item, loud * column, n) for column in each.T], axis=1)
        log += np.log(share)
        total = scipy.special.logsumexp(log, axis=1)
        moved, member = member, np.exp(log - total[:, None])
        prior = PRIOR_VOTES * (mean * yes + (1 - mean) * no).sum(axis=1)
        likely = float(total[judged].sum() + (np.minimum(rater_weight, 1.0) * prior).sum())
        if float(np.max(np.abs(member - moved), initial=0.0)) < 1e-3:
            break
    return LatentClasses(says, member, share, likely)


def _predict_hidden(
    ballots: Ballots, hidden: NDArray[np.bool_], rater_weight: Floats, *, classes: int
) -> Floats:
    """Give the log loss of each hidden vote, in nats."""
    found = fit_classes(ballots.of(~hidden), rater_weight, classes)
    asked = _keep_visible(ballots, hidden, rater_weight)
    good = (found.member[asked.item] * found.says_good[asked.rater]).sum(axis=1)
    chance = np.clip(np.where(asked.good > 0.5, good, 1 - good), 1e-6, 1.0)
    return np.asarray(-np.log(chance))


def _keep_visible(ballots: Ballots, hidden: NDArray[np.bool_], rater_weight: Floats) -> Ballots:
    return ballots.of(hidden & ballots.are_shared() & (rater_weight[ballots.rater] > 0))


def _lower(loss: Floats, than: Floats, *, errors: float) -> bool:
    """Is the mean loss lower by more than so many standard errors?"""
    gain = than - loss
    return len(gain) > 1 and float(gain.mean()) > errors * float(gain.std()) / len(gain) ** 0.5
