"""What can be learned from? Recommendations with their Outcomes, as plain samples."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from upspiral.analyze.learning.config import LearningSettings
from upspiral.domain import Interaction, Outcome, Status
from upspiral.domain.ids import AgentId, InteractionId

MEDIUM = 0.5


class Sample(Struct, frozen=True, kw_only=True):
    """One recommendation, and what came of it."""

    id: InteractionId
    agent: AgentId
    type: str
    workflow: str
    """Shared by recommendations that were judged together."""
    confidence: float | None
    """As the agent stated it, 0 to 1."""
    approved: bool | None
    """None while pending, and where it was neither approved nor rejected."""
    settled: datetime | None
    features: dict[str, str]
    """What a pattern can be about: agent, type, confidence, agreement, and what it says."""


def samples(
    recommendations: Iterable[Interaction],
    outcomes: Mapping[InteractionId, Outcome],
    *,
    settings: LearningSettings,
) -> list[Sample]:
    """Read recommendations as samples.

    Agents agree where, within one workflow and type, they say the same.

    Args:
        recommendations: Interactions of kind `recommendation`.
        outcomes: What is known of them.
        settings: Thresholds.
    """
    given = list(recommendations)
    same: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    actions = [_action(turn) for turn in given]
    for turn, action in zip(given, actions, strict=True):
        same[action].add(turn.agent)
    return [
        _sample(turn, outcomes.get(turn.id), len(same[action]), settings)
        for turn, action in zip(given, actions, strict=True)
    ]


def explores(workflow: str) -> bool:
    """Say whether a workflow is used to find patterns; the other half is used to test them."""
    return hashlib.sha256(b"learning" + workflow.encode()).digest()[0] % 2 == 0


def meets(features: Mapping[str, str], conditions: Sequence[tuple[str, str]]) -> bool:
    """Say whether all conditions hold.

    >>> meets({"agent": "a", "type": "budget"}, [("agent", "a")])
    True
    """
    return all(features.get(name) == value for name, value in conditions)


def _workflow(turn: Interaction) -> str:
    noted = turn.metadata
    return noted.get("workflow_id") or noted.get("correlation_id") or turn.trace or turn.conversation


def _action(turn: Interaction) -> tuple[str, str, str]:
    """What is recommended, to be compared: for JSON, whatever the order of its keys."""
    said = turn.answer.strip()
    content = _json(said)
    if content is not None:
        said = json.dumps(content, sort_keys=True)
    return _workflow(turn), turn.metadata.get("type", "other"), " ".join(said.lower().split())


def _sample(turn: Interaction, outcome: Outcome | None, agreeing: int, settings: LearningSettings) -> Sample:
    noted = turn.metadata
    confidence = float(noted["confidence"]) if "confidence" in noted else None
    kind = noted.get("type", "other")
    known = {
        "agent": str(turn.agent),
        "type": kind,
        "confidence": _level(confidence, settings),
        "agreement": "several agents" if agreeing > 1 else "alone",
    }
    decided = outcome is not None and outcome.status != Status.UNKNOWN
    return Sample(
        id=turn.id,
        agent=turn.agent,
        type=kind,
        workflow=_workflow(turn),
        confidence=confidence,
        approved=outcome.status == Status.SUCCESS if outcome and decided else None,
        settled=outcome.settled or outcome.at if outcome and decided else None,
        features={**_said("content", turn.answer), **_said("evidence", noted.get("evidence", "")), **known},
    )


def _level(confidence: float | None, settings: LearningSettings) -> str:
    if confidence is None:
        return "not stated"
    if confidence >= settings.high_confidence:
        return "high"
    return "medium" if confidence >= MEDIUM else "low"


def _said(prefix: str, text: str) -> dict[str, str]:
    """Take short values out of a JSON object, so that patterns can be about them."""
    content = _json(text)
    if not isinstance(content, dict):
        return {}
    plain = {
        key: value[0] if isinstance(value, list) and len(value) == 1 else value
        for key, value in content.items()
    }
    return {
        f"{prefix} {key}": str(value)[:80]
        for key, value in list(plain.items())[:20]
        if isinstance(value, str | int | bool)
    }


def _json(text: str) -> object:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        found: object = json.loads(text)
    except ValueError:
        return None
    return found
