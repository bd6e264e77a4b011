"""How good is each agent in each domain, and how sure is that? Posteriors that lend each other strength."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy
from msgspec import Struct
from numpy.typing import NDArray

Array = NDArray[np.float64]

ROUNDS = 4
"""Steps of expectation-maximization for each spread of the cells, each beginning where the last ended."""

PULL = 2.0
"""The standard deviation expected beforehand counts as much as so many effects seen."""

SPREAD_AT = 0.7
"""The spreads of cells are stated for this success rate; near 0 and 1 rates have less room to differ."""

OWN_ONLY_CHANCE = 0.04
"""For showing: how likely it is that the other cells say nothing about a cell."""


class DecayedCounts(Struct, frozen=True):
    """Outcomes counted with weights that halve every ``half_life`` requests; the order does not matter."""

    weight: float = 0.0
    """Sum of the weights as of `at`."""
    squares: float = 0.0
    """Sum of their squares."""
    good: float = 0.0
    """Sum of weight times score."""
    at: float = 0.0
    """The latest request counted."""

    def plus(self, score: float, *, at: float, half_life: float) -> "DecayedCounts":
        """Count one outcome, late ones included.

        Args:
            score: 0 to 1.
            at: Which request it was, counted over the workspace.
            half_life: In requests.

        >>> DecayedCounts().plus(1.0, at=0, half_life=10).plus(0.0, at=10, half_life=10).rate
        0.3333333333333333
        """
        old, new = decay(at - self.at, half_life), decay(self.at - at, half_life)
        return DecayedCounts(
            self.weight * old + new,
            self.squares * old * old + new * new,
            self.good * old + new * score,
            max(self.at, at),
        )

    @property
    def rate(self) -> float:
        """Give the weighted mean score, 0 to 1; a half where nothing was counted."""
        return self.good / self.weight if self.weight > 0 else 0.5

    def size(self, now: float, half_life: float) -> float:
        """Say how many fresh, equally weighted outcomes this is worth (Kish 1965), faded since the last one.

        >>> DecayedCounts().plus(1.0, at=0, half_life=10).size(10, 10)
        0.5
        """
        if self.squares <= 0:
            return 0.0
        return self.weight * self.weight / self.squares * decay(now - self.at, half_life)


def decay(requests: float, half_life: float) -> float:
    """Give the weight left after so many requests; 1 for the present and the future.

    >>> decay(10, 10), decay(-3, 10)
    (0.5, 1.0)
    """
    return float(2.0 ** (-max(0.0, requests) / half_life))


class Belief(Struct, frozen=True):
    """A Beta distribution over a success rate."""

    alpha: float = 1.0
    beta: float = 1.0

    @property
    def mean(self) -> float:
        """Give the expected success rate."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def size(self) -> float:
        """Say how many outcomes it is worth, the prior included."""
        return self.alpha + self.beta

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Give the central limits.

        >>> [round(limit, 3) for limit in Belief(9, 3).interval()]
        [0.482, 0.94]
        """
        tail = (1 - confidence) / 2
        low, high = scipy.special.betaincinv(self.alpha, self.beta, [tail, 1 - tail])
        return float(low), float(high)


class Spread(NamedTuple):
    """How far success rates lie apart, as variances: of agents, of domains, of agents within domains."""

    agents: float = 0.01
    domains: float = 0.01
    cells: float = 0.0025
    weight: float = 1.0
    """How likely it is, 0 to 1."""


class VariancePrior(NamedTuple):
    """How far an agent's own part in a domain may spread, and how likely that is before anything is seen."""

    cells: tuple[float, ...]
    """Variances; the first is none at all."""
    chances: tuple[float, ...]


CELLS = (0.0, 0.0004, 0.0009, 0.0016, 0.003, 0.0064, 0.0121, 0.0225)
"""Variances within domains that are thought possible: standard deviations of 0 to 15 points."""
NONE_BEFOREHAND = 0.4
"""How likely it is, before anything is seen, that an agent is as good here as there."""
DECISION_PRIOR = VariancePrior(CELLS, (NONE_BEFOREHAND, *(((1 - NONE_BEFOREHAND) / 7,) * 7)))
DISPLAY_PRIOR = VariancePrior((*CELLS, 0.04), (0.15, 0.04, 0.03, 0.06, 0.07, 0.05, 0.01, 0.16, 0.43))
"""More wary: little data cannot tell large spreads from none, and limits that are shown hold even so."""


class VarianceFit(NamedTuple):
    """What the additive model says of each cell."""

    mean: Array
    """The linear predictor, shape (agents, domains)."""
    variance: Array
    """How unsure it is."""
    noise: Array
    """Sampling variance of each cell's own rate."""
    agents: Array
    """Expected square of each agent's effect."""
    domains: Array
    """Expected square of each domain's effect."""


def fit_variances(
    rates: Array, sizes: Array, beforehand: VariancePrior = DECISION_PRIOR
) -> tuple[Spread, ...]:
    """Estimate how far success rates lie apart: one answer for each spread of the cells.

    Empirical Bayes for agents and domains by expectation-maximization (Dempster, Laird and Rubin 1977),
    pulled toward a standard deviation of 10 points while there is little data. How likely each is: by how
    well every cell's outcomes are predicted from all other cells (pseudo-marginal likelihood; Geisser and
    Eddy 1979).

    Args:
        rates: Mean scores, shape (agents, domains), 0 to 1; anything where the size is 0.
        sizes: Effective numbers of outcomes, of the same shape.
        beforehand: The spreads within domains that are thought possible.

    >>> likely = fit_variances(np.full((4, 3), 0.8), np.full((4, 3), 1e4))
    >>> max(likely, key=lambda spread: spread.weight).cells
    0.0
    """
    found, evidence, spread = [], [], Spread()
    for cells, chance in zip(*beforehand, strict=True):
        # Neighbouring spreads have nearly the same fit: each begins where the last ended, so four rounds do.
        spread = spread._replace(cells=cells)
        for _ in range(ROUNDS):
            fit = _additive(rates, sizes, spread)
            spread = Spread(_shrunk_variance(fit.agents), _shrunk_variance(fit.domains), cells)
        found.append(spread)
        evidence.append(math.log(chance) + _log_marginal(rates, sizes, spread))
    # Less the largest, or else the exponentials of many outcomes are all 0.
    weights = np.exp(np.array(evidence) - max(evidence))
    return tuple(s._replace(weight=float(w)) for s, w in zip(found, weights / weights.sum(), strict=True))


def posterior(rates: Array, sizes: Array, likely: Sequence[Spread]) -> tuple[Array, Array]:
    """Give the Beta posterior of every cell, shrunk toward its agent's and its domain's overall rate.

    Rates are modelled as overall + agent + domain + own part, each normal with the variance of its `Spread`;
    that of the own part shrinks toward 0 and 1 like the variance of a Bernoulli outcome.
    What all *other* cells say of a cell becomes its Beta prior by moments; its own outcomes are then counted
    in exactly. So nothing is used twice, and a cell without outcomes is still known as well as its kin. The
    answers for several spreads are mixed by moments.

    Args:
        rates: Mean scores, shape (agents, domains).
        sizes: Effective numbers of outcomes.
        likely: From `fit_variances`.

    Returns:
        The two parameters of the Betas, each of the same shape.

    >>> alpha, beta = posterior(np.array([[0.9, 0.0], [0.2, 0.3]]), np.array([[90, 0], [90, 90]]), [Spread()])
    >>> bool(alpha[0, 1] / (alpha[0, 1] + beta[0, 1]) > 0.6)
    True
    """
    first, second = np.zeros(rates.shape), np.zeros(rates.shape)
    worth = [spread for spread in likely if spread.weight > 1e-4]
    for spread in worth:
        alpha, beta = _update(rates, sizes, spread)
        mean, share = alpha / (alpha + beta), spread.weight / sum(s.weight for s in worth)
        first += share * mean
        second += share * (mean * mean + mean * (1 - mean) / (alpha + beta + 1))
    # Of a Beta: variance = mean (1 - mean) / (alpha + beta + 1).
    strength = first * (1 - first) / np.maximum(second - first * first, 1e-12) - 1
    return strength * first, strength * (1 - first)


def limits(
    rates: Array, sizes: Array, likely: Sequence[Spread], confidence: float = 0.95
) -> tuple[Array, Array, Array]:
    """Give the mean and the central limits of every cell's success rate, for showing.

    The posteriors of several spreads are kept apart: their mixture has the longer tails that `posterior`
    leaves out. A small part of it is the cell's own outcomes under Jeffreys' prior, Beta(1/2, 1/2), since the
    additive model may be wrong, above all where rates pile up at 0 or 1. By bisection, to within 0.0005. A
    mixture of Betas never reaches 0 or 1, but real agents do: where all outcomes of a cell failed the lower
    limit is 0, and where all succeeded the upper one is 1.

    Args:
        rates: Mean scores, shape (agents, domains).
        sizes: Effective numbers of outcomes.
        likely: From `fit_variances`, best with `DISPLAY_PRIOR`.
        confidence: Probability between the limits.

    Returns:
        Means, lower and upper limits, each of the same shape.

    >>> mean, low, high = limits(np.array([[0.9]]), np.array([[50.0]]), [Spread()])
    >>> bool(low[0, 0] < mean[0, 0] < high[0, 0])
    True
    """
    worth = [spread for spread in likely if spread.weight > 1e-3]
    shares = np.array([spread.weight for spread in worth]) / sum(spread.weight for spread in worth)
    seen = sizes > 0
    good = np.where(seen, rates, 0.0) * sizes
    pairs = [*(_update(rates, sizes, s) for s in worth), (good + 0.5, sizes - good + 0.5)]
    alpha, beta = (np.array(part) for part in zip(*pairs, strict=True))
    shares = np.append((1 - OWN_ONLY_CHANCE) * shares, OWN_ONLY_CHANCE)
    tail = (1 - confidence) / 2
    low, high = (_quantile(alpha, beta, shares, at) for at in (tail, 1 - tail))
    low, high = np.where(seen & (rates <= 0), 0.0, low), np.where(seen & (rates >= 1), 1.0, high)
    return np.tensordot(shares, alpha / (alpha + beta), 1), low, high


def _quantile(alpha: Array, beta: Array, shares: Array, at: float) -> Array:
    """Give where mixtures of Betas reach a probability; the mixed ones along the first axis."""
    each = scipy.special.betaincinv(alpha, beta, at)
    low, high = each.min(axis=0), each.max(axis=0)
    # A quantile of a mixture lies between those of its parts; 11 halvings of an interval of 1 reach 0.0005.
    for _ in range(11 if len(shares) > 1 else 0):
        middle = (low + high) / 2
        under = np.tensordot(shares, scipy.special.betainc(alpha, beta, middle), 1) < at
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return np.asarray((low + high) / 2)


def _log_marginal(rates: Array, sizes: Array, spread: Spread) -> float:
    """Give the logarithm of the chance that each cell's outcomes have by what the others say, in sum."""
    alpha, beta = _leave_one_out_prior(rates, sizes, spread)
    good = np.where(sizes > 0, rates, 0.0) * sizes
    return float(
        (scipy.special.betaln(alpha + good, beta + sizes - good) - scipy.special.betaln(alpha, beta)).sum()
    )


def _update(rates: Array, sizes: Array, spread: Spread) -> tuple[Array, Array]:
    """Count each cell's own outcomes into the prior that the other cells give it."""
    alpha, beta = _leave_one_out_prior(rates, sizes, spread)
    good = np.where(sizes > 0, rates, 0.0) * sizes
    return alpha + good, beta + sizes - good


def _leave_one_out_prior(rates: Array, sizes: Array, spread: Spread) -> tuple[Array, Array]:
    """Give the prior of each cell: what all other cells say of it, as a Beta by moments."""
    fit, seen = _additive(rates, sizes, spread), sizes > 0
    # Leave-one-out by the leverage of each cell: one fit in place of one for every cell that is left out.
    leverage = np.where(seen, np.clip(fit.variance / (spread.cells + fit.noise), 0.0, 0.999), 0.0)
    without = (fit.mean - leverage * np.where(seen, rates, 0.0)) / (1 - leverage)
    mean = np.clip(without, 0.01, 0.99)
    # Near 0 and 1 rates cannot differ as much as in the middle.
    room = mean * (1 - mean) / (SPREAD_AT * (1 - SPREAD_AT))
    variance = fit.variance / (1 - leverage) + spread.cells * room
    strength = np.clip(mean * (1 - mean) / variance - 1, 1.0, 1e6)
    # Parameters below a half (Jeffreys) would put the prior's weight on 0 and 1 themselves.
    return np.maximum(strength * mean, 0.5), np.maximum(strength * (1 - mean), 0.5)


def chance_of_best(alpha: Array, beta: Array, handicap: Array) -> Array:
    """Give each agent's chance to have the highest success rate less its handicap, by numeric integration.

    The sum over x of P(i at x) times P(all others below x), on a grid laid where the distributions are.

    Args:
        alpha: First parameters of independent Betas, shape (agents,).
        beta: Second parameters.
        handicap: What is taken off each, such as the price of its answer in points of success.

    Returns:
        Chances that add up to 1, shape (agents,); within 0.01 where all parameters are at least a half.

    >>> chance_of_best(np.array([80.0, 20.0]), np.array([20.0, 80.0]), np.zeros(2)).round(3).tolist()
    [1.0, 0.0]
    """
    mean = alpha / (alpha + beta)
    wide = np.sqrt(mean * (1 - mean) / (alpha + beta + 1))
    # Points are dense where some distribution has its mass, and sparse elsewhere; the work stays bounded.
    steps = np.linspace(-4.5, 4.5, max(11, 400 // len(alpha)))
    low = float((mean - handicap - 4.5 * wide).max())
    dense = ((mean - handicap)[:, None] + wide[:, None] * steps).ravel()
    grid = np.unique(np.concatenate([dense, np.linspace(low, 1 - float(handicap.min()), 100)]))
    grid = np.concatenate([[low], grid[grid > low]])
    below = scipy.special.betainc(alpha[:, None], beta[:, None], np.clip(grid + handicap[:, None], 0.0, 1.0))
    # What lies above the last point counts for the last step.
    below = np.hstack([below, np.ones((len(alpha), 1))])
    mass = np.diff(below, axis=1)
    # The product over all others is that over all, divided by the own one: in logarithms, one pass for all.
    middle = np.log(np.maximum((below[:, 1:] + below[:, :-1]) / 2, 1e-300))
    chance = (mass * np.exp(middle.sum(axis=0) - middle)).sum(axis=1)
    total = float(chance.sum())
    return np.asarray(chance / total if total > 0 else np.full(len(alpha), 1 / len(alpha)))


def _shrunk_variance(squares: Array) -> float:
    return float((squares.sum() + PULL * 0.01) / (len(squares) + PULL))


def _additive(rates: Array, sizes: Array, spread: Spread) -> VarianceFit:
    """Fit overall + agent + domain by generalized least squares."""
    agents, domains = rates.shape
    good = np.where(sizes > 0, rates, 0.0) * sizes
    middle = (float(good.sum()) + 1) / (float(sizes.sum()) + 2)
    # Shrunk first: by its own rate a cell with one lucky outcome would have no variance and outweigh all.
    own = (good + 8 * middle) / (sizes + 8)
    noise = np.maximum(own * (1 - own), 0.01) / np.maximum(sizes, 1e-9)
    weight = np.where(sizes > 0, 1 / (spread.cells + noise), 0.0)
    lean = np.where(sizes > 0, rates - middle, 0.0)
    pull = weight * lean
    # Ridge terms are inverse prior variances; the overall rate may lie 25 points off the pooled one.
    prior = np.repeat([16.0, 1 / spread.agents, 1 / spread.domains], [1, agents, domains])
    of_a, of_d = slice(1, 1 + agents), slice(1 + agents, None)
    system = np.diag(prior)
    system[0, 0] += weight.sum()
    system[0, of_a] = system[of_a, 0] = weight.sum(axis=1)
    system[0, of_d] = system[of_d, 0] = weight.sum(axis=0)
    system[of_a, of_d], system[of_d, of_a] = weight, weight.T
    system[of_a, of_a] += np.diag(weight.sum(axis=1))
    system[of_d, of_d] += np.diag(weight.sum(axis=0))
    # Normal equations of overall, agents and domains; small, so that the inverse gives all variances at once.
    inverse, toward = (
        np.linalg.inv(system),
        np.concatenate([[pull.sum()], pull.sum(axis=1), pull.sum(axis=0)]),
    )
    effect, known = inverse @ toward, np.diag(inverse)
    rows, columns = known[of_a] + 2 * inverse[0, of_a], known[of_d] + 2 * inverse[0, of_d]
    variance = known[0] + rows[:, None] + columns[None, :] + 2 * inverse[of_a, of_d]
    return VarianceFit(
        middle + effect[0] + effect[of_a][:, None] + effect[of_d][None, :],
        np.maximum(variance, 1e-12),
        noise,
        # Expected squares, not squares of the estimates: those alone would let the variances shrink to 0.
        (effect**2 + known)[of_a],
        (effect**2 + known)[of_d],
    )
