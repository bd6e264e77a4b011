"""Why is an Outcome what it is? A verb of this stage: each signal with its rater's weight, and the effect."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from upspiral.capture.config import CaptureSettings
from upspiral.capture.outcome import few, fold, speaks
from upspiral.domain import Feedback, Interaction, Outcome, RaterWeight
from upspiral.domain.ids import InteractionId, WorkspaceId
from upspiral.store import Store

UNKNOWN = "Not weighed yet, so the weight is 1."


class Effect(Struct, frozen=True):
    """What the weights change in one Outcome."""

    plain: Outcome
    """Every rater counting the same."""
    weighed: Outcome
    words: str


class Heard(Struct, frozen=True):
    """One signal, and how much its rater counts."""

    signal: Feedback
    weight: float
    reason: str
    """Why the rater weighs that."""
    rater: RaterWeight | None = None
    """All that is known of the rater; None where that is nothing."""


class Explained(Struct, frozen=True):
    """Why an Outcome is what it is."""

    outcome: Outcome
    """As it is kept."""
    signals: tuple[Heard, ...]
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
    voices = [signal.voice for signal in signals]
    known = store.rater_weights.about(workspace, voices) if settings.weigh_raters else {}
    weights = {voice: one.weight for voice, one in known.items()}
    told = effect(about, signals, settings=settings, now=now, weights=weights)
    kept = store.outcomes.find(workspace, about.id)
    return Explained(kept or told.weighed, tuple(_heard(one, known.get(one.voice)) for one in signals), told)


def effect(
    interaction: Interaction,
    signals: Sequence[Feedback],
    *,
    settings: CaptureSettings,
    now: datetime,
    weights: Mapping[str, float],
) -> Effect:
    """Say what the weights change in an Outcome: folded with and without them."""
    plain = fold(interaction, signals, settings=settings, now=now)
    weighed = fold(interaction, signals, settings=settings, now=now, weights=weights)
    names = {signal.voice: signal.rater for signal in signals if speaks(signal)}
    known = sorted((weights.get(voice, 1.0), rater) for voice, rater in names.items())
    count = few([f"{rater} {weight:g}" for weight, rater in known])
    alone = f"With every rater counting the same it is {_named(plain)}."
    if all(weight == 1 for weight, _ in known):
        return Effect(plain, weighed, f"{alone} Nothing is known that would make one rater count more.")
    turn = "so it stays" if plain.status == weighed.status else "which turns it into"
    return Effect(plain, weighed, f"{alone} The raters weigh {count}, {turn} {_named(weighed)}.")


def _named(outcome: Outcome) -> str:
    status = {"unknown": "unknown", "success": "a success", "failure": "a failure"}[outcome.status]
    return f"{status} ({outcome.reason})"


def _heard(signal: Feedback, known: RaterWeight | None) -> Heard:
    return Heard(signal, known.weight if known else 1.0, known.reason if known else UNKNOWN, known)
