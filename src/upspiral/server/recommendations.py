"""How are recommendations told? In one shape by every route, with the types in which they were sent."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct, structs

from upspiral.domain import Feedback, Interaction, Outcome
from upspiral.server.schemas.answers.recommendations import (
    Recommendation,
    RecommendationDetails,
    RecommendationVerdict,
    TrackedRecommendation,
)

AS_TEXT = "sent_as_text"
"""Name in the metadata: which fields were sent as text, though they read like JSON."""


def write_json(value: Any) -> str:
    """Write what was sent as the text that is kept; text stays as it is.

    >>> write_json({"a": 1}), write_json("Do it.")
    ('{"a":1}', 'Do it.')
    """
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def read_json(text: str) -> Any:
    """Read what was sent from the text that is kept; what is no JSON was text.

    >>> read_json('{"a":1}'), read_json("Do it.")
    ({'a': 1}, 'Do it.')
    """
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def fields_sent_as_text(sent: dict[str, Any]) -> str:
    """Name the fields whose text would be taken for JSON when it is read.

    >>> fields_sent_as_text({"content": "5", "evidence": {"n": 5}})
    'content'
    """
    return ",".join(
        name for name, value in sent.items() if isinstance(value, str) and read_json(value) != value
    )


def tell_recommendation(found: Interaction, outcome: Outcome | None = None) -> Recommendation:
    """Tell one recommendation, and how it turned out so far."""
    return Recommendation(**_facts(found, outcome))


def tell_tracked(found: Interaction) -> TrackedRecommendation:
    """Tell a recommendation that was recorded just now."""
    return TrackedRecommendation(recommendation_id=found.id, **_facts(found, None))


def tell_details(
    found: Interaction, outcome: Outcome | None, signals: Iterable[Feedback]
) -> RecommendationDetails:
    """Tell one recommendation with what was said of it."""
    said = [tell_verdict(signal) for signal in signals]
    return RecommendationDetails(feedback=said, **_facts(found, outcome))


def tell_verdict(signal: Feedback) -> RecommendationVerdict:
    """Tell what was said of a recommendation, by the names under which it was sent."""
    noted, known = signal.metadata, _RatedFacts.__struct_fields__
    rated = _read_rated({name: read_json(noted[name]) for name in known if name in noted})
    return RecommendationVerdict(
        id=signal.id,
        at=signal.at,
        source=signal.source,
        evaluator=signal.rater,
        status=signal.label,
        score=signal.score,
        comments=signal.comment,
        correction=signal.correction,
        metadata={name: text for name, text in noted.items() if name not in known},
        **structs.asdict(rated),
    )


class _RatedFacts(Struct, frozen=True):
    """What an evaluation says besides its verdict; kept as text in the metadata of its signal."""

    quality: float | None = None
    dimensions: dict[str, float] = {}
    accuracy_impact: float = 0.0
    consistency_impact: float = 0.0
    rank: int | None = None
    alternatives: list[str] = []


def _read_rated(noted: dict[str, Any]) -> _RatedFacts:
    """Read what was noted; a sender of other feedback may use the same names for something else."""
    try:
        return msgspec.convert(noted, _RatedFacts)
    except msgspec.ValidationError:
        return _RatedFacts()


def _facts(found: Interaction, outcome: Outcome | None) -> dict[str, Any]:
    noted = found.metadata
    plain = noted.get(AS_TEXT, "").split(",")
    evidence = noted.get("evidence")
    return {
        "id": found.id,
        "workspace": found.workspace,
        "agent_id": found.agent,
        "agent_name": noted.get("agent_name", ""),
        "type": noted.get("type", "other"),
        "content": found.answer if "content" in plain else read_json(found.answer),
        "confidence": float(noted["confidence"]) if "confidence" in noted else None,
        "reasoning": noted.get("reasoning"),
        "evidence": evidence if evidence is None or "evidence" in plain else read_json(evidence),
        "correlation_id": noted.get("correlation_id"),
        "workflow_id": noted.get("workflow_id"),
        "at": found.at,
        "outcome": outcome,
    }
