"""In which words and colors does the console tell what is stored? The same on every page (pure)."""

from upspiral.cycle.report import NightSummary
from upspiral.domain import Deployment, DeploymentState, Ending, Outcome, Status, Verdict
from upspiral.formatting import money, percent, render_interval
from upspiral.server.html.tables import Cell

ENDING_TONES = {
    Ending.PROMOTED: "good",
    Ending.DONE: "good",
    Ending.ROLLED_BACK: "warn",
    Ending.REJECTED: "calm",
    Ending.INCONCLUSIVE: "warn",
    Ending.RESTED: "calm",
    Ending.CANCELLED: "calm",
    Ending.FAILED: "bad",
}
ENDING_WORDS = {
    Ending.PROMOTED: "A better version was found, and is live.",
    Ending.DONE: "The part that was run by hand is done.",
    Ending.ROLLED_BACK: "The candidate did worse with real users and was rolled back.",
    Ending.REJECTED: "The candidate did not pass the gate, so nothing changed.",
    Ending.INCONCLUSIVE: "Too little was seen to decide, so nothing changed.",
    Ending.RESTED: "There was nothing to improve.",
    Ending.CANCELLED: "A person ended it, so nothing changed.",
    Ending.FAILED: "It broke off, so nothing changed.",
    None: "It is under way.",
}
STATUS_TONES = {Status.SUCCESS: "good", Status.FAILURE: "bad", Status.UNKNOWN: "calm"}
STATE_TONES = {
    DeploymentState.CANARY: "warn",
    DeploymentState.PROMOTED: "good",
    DeploymentState.ROLLED_BACK: "bad",
    DeploymentState.RETIRED: "calm",
}
VERDICT_TONES = {Verdict.HEALTHY: "good", Verdict.UNHEALTHY: "bad", Verdict.INCONCLUSIVE: "warn"}


def ending_cell(ending: Ending | None) -> Cell:
    """Show how a night ended."""
    if ending is None:
        return Cell("under way", tone="warn")
    return Cell(ending.replace("_", " "), tone=ENDING_TONES[ending])


def status_cell(outcome: Outcome | None) -> Cell:
    """Show how an Interaction went."""
    status = outcome.status if outcome else Status.UNKNOWN
    return Cell(status, tone=STATUS_TONES[status])


def state_cell(deployment: Deployment) -> Cell:
    """Show where a Deployment stands."""
    return Cell(deployment.state.replace("_", " "), tone=STATE_TONES[deployment.state])


def describe_night(night: NightSummary) -> list[str]:
    """Tell a night in plain sentences, each with the numbers that it rests on."""
    told = [ENDING_WORDS[night.ending]]
    if night.reason:
        told.append(night.reason if night.reason.endswith((".", "!", "?")) else f"{night.reason}.")
    if night.patterns:
        told.append(f"It was about {', '.join(night.patterns)}.")
    if night.taught or night.heldout:
        told.append(f"{night.taught} cases taught, {night.heldout} were held out for the gate.")
    if night.gain is not None and night.gain_low is not None and night.gain_high is not None:
        told.append(_describe_gain(night))
    if night.gate_passed is False and night.failed_checks:
        told.append(f"What the gate asked and was not shown: {', '.join(night.failed_checks)}.")
    if night.used_tokens:
        price = "price unknown" if night.used_usd is None else f"{money(night.used_usd)} US dollars"
        told.append(f"It used {night.used_tokens:,} tokens of paid models ({price}).")
    elif night.ended:
        told.append("It cost nothing: no paid model was asked.")
    return told


def _describe_gain(night: NightSummary) -> str:
    gain, low, high = (100 * (one or 0.0) for one in (night.gain, night.gain_low, night.gain_high))
    if night.judged:
        return f"The judge preferred the candidate by {gain:+.1f} points (95 %: {low:+.1f} to {high:+.1f})."
    return (
        f"On the held-out cases {night.candidate or 'the candidate'} was right in "
        f"{percent(night.candidate_rate)}, the live version in {percent(night.incumbent_rate)}: "
        f"{gain:+.1f} points (95 %: {low:+.1f} to {high:+.1f})."
    )


def describe_arms(one: Deployment) -> str:
    """Tell both arms of a canary in one line.

    >>> from unittest.mock import Mock
    >>> describe_arms(Mock(canary_successes=8, canary_n=10, stable_successes=70, stable_n=100))
    'candidate 8 of 10, stable 70 of 100'
    """
    return (
        f"candidate {one.canary_successes} of {one.canary_n}, stable {one.stable_successes} of {one.stable_n}"
    )


def rate_text(rate: float | None, low: float, high: float) -> str:
    """Write a rate with its 95 % interval.

    >>> rate_text(0.5, 0.4, 0.6)
    '50.0 % (40.0 to 60.0)'
    """
    return f"{percent(rate)} ({render_interval(low, high)})" if rate is not None else "not rated yet"
