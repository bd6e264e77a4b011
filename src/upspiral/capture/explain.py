"""Why is an Outcome what it is? A verb of this stage: each signal with its rater's weight, and the effect."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from upspiral.capture.config import CaptureSettings
from upspiral.capture.outcome import (
    UNPROVEN,
    find_weight,
    fold_outcome,
    is_judgement,
    join_names,
    signal_score,
)
from upspiral.domain import Feedback, Interaction, Outcome, RaterWeight, VoteWeight
from upspiral.domain.ids import InteractionId, WorkspaceId
from upspiral.store import Store

NOT_WEIGHED_YET = "Not weighed yet, so the weight is 1."
NOT_PROVEN_YET = "Does not count until enough answers with this signal were rated by people."


class Effect(Struct, frozen=True):
    """What the weights change in one Outcome."""

    plain: Outcome
    """Every rater counting the same."""
    weighed: Outcome
    words: str


class ExplainedSignal(Struct, frozen=True):
    """One signal, and how much its rater counts."""

    signal: Feedback
    weight: float
    """Of this word: a rater's word may count differently when it says good and when it says bad."""
    reason: str
    """Why the rater weighs that."""
    rater: RaterWeight | None = None
    """All that is known of the rater; None where that is nothing."""


class Explained(Struct, frozen=True):
    """Why an Outcome is what it is."""

    outcome: Outcome
    """As it is kept."""
    signals: tuple[ExplainedSignal, ...]
    effect: Effect
    """As it would be folded now, with and without the weights."""


def explain(
    store: Store, workspace: WorkspaceId, interaction: str, *, settings: CaptureSettings, now: datetime
) -> Explained:
    """Say which signals made an Outcome, what their raters weigh and why, and what that changes.

    Raises:
        NotFound: There is no such Interaction.
    """
    about = store.interactions.get(workspace, interaction)
    signals = store.feedback.about(workspace, [InteractionId(about.id)])
    raters = [signal.voice for signal in signals]
    known = store.rater_weights.about(workspace, raters) if settings.weigh_raters else {}
    weights = {rater: VoteWeight(one.weight_good, one.weight_bad) for rater, one in known.items()}
    told = effect(about, signals, settings=settings, now=now, weights=weights)
    kept = store.outcomes.find(workspace, about.id)
    return Explained(
        kept or told.weighed,
        tuple(_explain_signal(one, known.get(one.voice), weights, about.answer) for one in signals),
        told,
    )


def effect(
    interaction: Interaction,
    signals: Sequence[Feedback],
    *,
    settings: CaptureSettings,
    now: datetime,
    weights: Mapping[str, VoteWeight],
) -> Effect:
    """Say what the weights change in an Outcome: folded with and without them."""
    plain = fold_outcome(interaction, signals, settings=settings, now=now)
    weighed = fold_outcome(interaction, signals, settings=settings, now=now, weights=weights)
    answer = interaction.answer
    names = {one.voice: (_weight(one, answer, weights), one.rater) for one in signals if is_judgement(one)}
    known = sorted(names.values())
    count = join_names([f"{rater} {weight:g}" for weight, rater in known])
    alone = f"With every rater counting the same it is {_describe_status(plain)}."
    if all(weight == 1 for weight, _ in known):
        return Effect(plain, weighed, f"{alone} Nothing is known that would make one rater count more.")
    turn = "so it stays" if plain.status == weighed.status else "which turns it into"
    return Effect(plain, weighed, f"{alone} The raters weigh {count}, {turn} {_describe_status(weighed)}.")


def _describe_status(outcome: Outcome) -> str:
    status = {"unknown": "unknown", "success": "a success", "failure": "a failure"}[outcome.status]
    return f"{status} ({outcome.reason})"


def _explain_signal(
    signal: Feedback, known: RaterWeight | None, weights: Mapping[str, VoteWeight], answer: str
) -> ExplainedSignal:
    unknown = NOT_PROVEN_YET if signal.voice in UNPROVEN else NOT_WEIGHED_YET
    return ExplainedSignal(
        signal, _weight(signal, answer, weights), known.reason if known else unknown, known
    )


def _weight(signal: Feedback, answer: str, weights: Mapping[str, VoteWeight]) -> float:
    """Give the weight of a word; of a mere comment, what good and bad words weigh on average."""
    score = signal_score(signal, answer) if is_judgement(signal) else 0.5
    return round(find_weight(signal.voice, weights).of(score), 3)
