"""How far is each agent trusted, by the facts that are stored? A verb of this stage."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from upspiral.domain import Feedback, Interaction, Outcome, Status
from upspiral.domain.ids import AgentId, InteractionId, WorkspaceId
from upspiral.route.trust import Trust, TrustFact, fold
from upspiral.store import Store

MOST = 20_000
"""The newest Interactions of an agent that count; older ones have faded from every dimension."""


def trust_scores(store: Store, workspace: WorkspaceId, agent: AgentId | None = None) -> dict[AgentId, Trust]:
    """Fold the trust scores of one agent, or of all, from the stored facts.

    Args:
        store: Where everything is kept.
        workspace: Whose.
        agent: Whose score; None for everybody who ever answered.
    """
    agents = [agent] if agent else store.interactions.agents(workspace)
    return {name: _trust(store, workspace, name) for name in agents}


def facts(
    turns: Sequence[Interaction],
    outcomes: Mapping[InteractionId, Outcome],
    signals: Mapping[InteractionId, Sequence[Feedback]],
) -> list[TrustFact]:
    """Read what Interactions say about their agent's trust.

    In time is what came within the deadline that its sender named, or else within twice the median latency.
    """
    usual = median([turn.latency_ms for turn in turns if turn.latency_ms > 0] or [0.0])
    return [_fact(turn, outcomes.get(turn.id), signals.get(turn.id, ()), usual) for turn in turns]


def _trust(store: Store, workspace: WorkspaceId, agent: AgentId) -> Trust:
    turns = store.interactions.latest(workspace, agent, MOST)
    ids = [turn.id for turn in turns]
    signals: dict[InteractionId, list[Feedback]] = defaultdict(list)
    for signal in store.feedback.about(workspace, ids):
        signals[signal.interaction].append(signal)
    return fold(facts(turns, store.outcomes.of(workspace, ids), signals))


def _fact(
    turn: Interaction, outcome: Outcome | None, signals: Iterable[Feedback], usual_ms: float
) -> TrustFact:
    heard = list(signals)
    rated = [signal for signal in heard if signal.score is not None]
    settled = outcome is not None and outcome.status != Status.UNKNOWN
    partly = any(signal.label == "partial" for signal in heard)
    score = outcome.score if outcome else None
    return TrustFact(
        id=turn.id,
        at=turn.at.timestamp(),
        kind=turn.metadata.get("type") or turn.metadata.get("task") or str(turn.kind),
        approved=0.5 if partly else float(outcome.status == Status.SUCCESS) if outcome and settled else None,
        quality=_quality(heard) if settled or partly else None,
        delivered=turn.error is None,
        in_time=_in_time(turn, usual_ms),
        rater=rated[-1].rater if rated and score is not None else None,
    )


def _quality(signals: Iterable[Feedback]) -> float | None:
    said = [float(signal.metadata["quality"]) for signal in signals if "quality" in signal.metadata]
    return said[-1] if said else None


def _in_time(turn: Interaction, usual_ms: float) -> bool | None:
    deadline = turn.metadata.get("deadline_ms")
    if deadline:
        return turn.latency_ms <= float(deadline)
    return turn.latency_ms <= 2 * usual_ms if usual_ms and turn.latency_ms > 0 else None
