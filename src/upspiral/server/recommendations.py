"""How are recommendations told? In one shape by every route, with the types in which they were sent."""

from collections.abc import Sequence
from typing import Any

import msgspec

from upspiral.domain import Feedback, Interaction, Outcome
from upspiral.domain.ids import WorkspaceId
from upspiral.store import Store

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


def tell_recommendation(found: Interaction, outcome: Outcome | None = None) -> dict[str, object]:
    """Tell one recommendation, and how it turned out so far."""
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


def tell_evaluation(signal: Feedback) -> dict[str, object]:
    """Tell one evaluation of a recommendation, by the names under which it was sent."""
    noted = {name: read_json(value) for name, value in signal.metadata.items()}
    return {
        "id": signal.id,
        "at": signal.at,
        "source": signal.source,
        "evaluator": signal.rater,
        "status": signal.label,
        "score": signal.score,
        "quality": None,
        "dimensions": {},
        "comments": signal.comment,
        "correction": signal.correction,
        **noted,
    }


def tell_recommendations(
    store: Store, workspace: WorkspaceId, found: Sequence[Interaction]
) -> list[dict[str, object]]:
    """Tell several, each with its Outcome."""
    outcomes = store.outcomes.of(workspace, [one.id for one in found])
    return [tell_recommendation(one, outcomes.get(one.id)) for one in found]
