"""Which levers does a night try, in which order, and whose draft goes to the gate? (pure)."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from upspiral.cycle.levers.base import DraftCost
from upspiral.domain.learning.lever import LeverTrial, TrialState
from upspiral.night_config import LeverSettings

PRIOR_GAIN, PRIOR_NIGHTS = 0.05, 2
"""A lever that was never used is expected to mend 5 of 100 cases, as if two nights had shown it."""
TRIAL_USD = 0.001
"""What looking at any draft costs at least; keeps a lever that costs nothing from being infinitely good."""
STATES_WITH_GAIN = (TrialState.TRIED, TrialState.CHOSEN)


class LeverOption(Struct, frozen=True):
    """A lever that may be used tonight, and what is known of it."""

    name: str
    estimate: DraftCost
    gains: tuple[float, ...] = ()
    """What its drafts gained on the cases on which drafts compete, -1 to 1, in past nights."""


class PlannedLever(Struct, frozen=True):
    """A lever in the order of a night."""

    name: str
    expected_gain: float
    """Share of the cases that it should mend on balance, -1 to 1."""
    usd: float
    """What drafting should cost, the work of this machine with it."""


def rank_levers(options: Iterable[LeverOption], settings: LeverSettings) -> list[PlannedLever]:
    """Order levers by what they promise for their price; those from which nothing is expected are left out.

    The expected gain of a lever is the mean of what it gained in past nights, drawn towards `PRIOR_GAIN`.

    Args:
        options: What may be used.
        settings: What machine time and tokens count where no price is known.

    >>> cheap, dear = LeverOption("rules", DraftCost()), LeverOption("adapter", DraftCost(seconds=600))
    >>> [one.name for one in rank_levers([dear, cheap], LeverSettings())]
    ['rules', 'adapter']
    >>> failed = LeverOption("rules", DraftCost(), gains=(-0.1, -0.1))
    >>> [one.name for one in rank_levers([dear, failed], LeverSettings())]
    ['adapter']
    """
    planned = [
        PlannedLever(one.name, _expect_gain(one.gains), _price(one.estimate, settings)) for one in options
    ]
    worth = [one for one in planned if one.expected_gain > 0]
    return sorted(worth, key=lambda one: -one.expected_gain / one.usd)


def say_enough(trials: Sequence[LeverTrial], trial: LeverTrial) -> str:
    """Say why a lever is not tried any more tonight; empty where it may bring more than the ones before it.

    Args:
        trials: Those of the night.
        trial: The one whose turn it is.
    """
    best = max((one for one in trials if one.state in STATES_WITH_GAIN), key=_low, default=None)
    if best is None or _low(best) < trial.expected_gain:
        return ""
    return (
        f"{best.lever} gains at least {100 * _low(best):.1f} points already, and {trial.lever} is expected to"
        f" bring {100 * trial.expected_gain:.1f}"
    )


def choose_trial(trials: Sequence[LeverTrial]) -> LeverTrial | None:
    """Choose the draft that goes to the gate: the one that surely gains most for what its answers cost.

    Where a draft's cost is not known, cost is left out, and the one that surely gains most is chosen. None
    where none gained. A draft that had nobody to compete with goes on as it is.

    Args:
        trials: Those of a night, in the order of its plan.
    """
    shown = _list_shown(trials)
    if not shown:
        drafts = [one for one in trials if one.state is TrialState.DRAFTED]
        return drafts[0] if drafts else None
    costs = compare_costs(shown)
    gained = [one for one in shown if (one.gain or 0) > 0]

    def worth(trial: LeverTrial) -> tuple[float, int]:
        return weigh_gain(_low(trial), costs.get(trial.lever, 1.0)), -trial.position

    return max(gained, key=worth, default=None)


def weigh_gain(low: float, cost: float) -> float:
    """Give the sure gain for the cost of serving; where nothing is sure, a dearer draft risks more.

    Args:
        low: Lower limit of the gain, -1 to 1.
        cost: Of an answer, as a multiple of the cheapest draft's; 1 or more.

    >>> weigh_gain(0.1, 2.0), weigh_gain(-0.1, 2.0)
    (0.05, -0.2)
    """
    return low / cost if low > 0 else low * cost


def compare_costs(trials: Sequence[LeverTrial]) -> dict[str, float]:
    """Give what an answer of each draft costs, as a multiple of the cheapest; empty where cost is left out.

    It is left out where the price of one is not known, and where one costs nothing because its model runs on
    this machine: what the machine costs is not known either.

    >>> compare_costs([])
    {}
    """
    known = {one.lever: one.usd_per_1000 or 0.0 for one in trials}
    if not all(known.values()):
        return {}
    cheapest = min(known.values(), default=1.0)
    return {name: cost / cheapest for name, cost in known.items()}


def explain_choice(trials: Sequence[LeverTrial], chosen: LeverTrial) -> str:
    """Say in a few words why a draft went on before others; empty where it had nobody to compete with.

    Args:
        trials: Those of a night.
        chosen: One of them; see `choose_trial`.
    """
    shown = _list_shown(trials)
    if len(shown) < 2:
        return ""
    costs = compare_costs(shown)
    if costs:
        return f"chosen by its sure gain, with answers that cost {costs[chosen.lever]:.2g} times the cheapest"
    unknown = [one.lever for one in shown if one.usd_per_1000 is None]
    whose = f"the answers of {', '.join(unknown)}" if unknown else "local models"
    return f"chosen by its sure gain alone: {whose} have no known price"


def _list_shown(trials: Sequence[LeverTrial]) -> list[LeverTrial]:
    return [one for one in trials if one.state in STATES_WITH_GAIN and one.gain is not None]


def describe_trials(trials: Sequence[LeverTrial]) -> str:
    """Say what came of each lever of a night, for one that rests."""
    return " ".join(_describe(one) for one in trials)


def _describe(trial: LeverTrial) -> str:
    if trial.gain is not None:
        return f"{trial.lever} changed the success rate by {100 * trial.gain:+.1f} points."
    return f"{trial.lever}: {trial.reason.rstrip('.') or trial.state}."


def _expect_gain(gains: Sequence[float]) -> float:
    return (PRIOR_GAIN * PRIOR_NIGHTS + sum(gains)) / (PRIOR_NIGHTS + len(gains))


def _price(estimate: DraftCost, settings: LeverSettings) -> float:
    asked = estimate.usd
    if asked is None:
        asked = estimate.tokens * settings.usd_per_million_tokens / 1e6
    return TRIAL_USD + asked + estimate.seconds / 3600 * settings.usd_per_hour


def _low(trial: LeverTrial) -> float:
    return -1.0 if trial.gain_low is None else trial.gain_low
