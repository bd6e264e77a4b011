"""What does a recommendation say that patterns can be about? Rows of the store, read into columns."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from upspiral.analyze.recommendations.categorical import Bools, Column, concatenate
from upspiral.analyze.recommendations.config import LearningSettings
from upspiral.analyze.recommendations.samples import NEVER_SETTLED, UNSETTLED, Moments, flow_number, micros
from upspiral.domain import Status
from upspiral.domain.learning import Recommended

MEDIUM_CONFIDENCE = 0.5
MOST_KEYS, MAX_VALUE_CHARS = 20, 80
"""So many keys of a JSON object are read, and so many letters of each value."""
MOST_FEATURES = 100
"""Of so many keys of JSON the values are kept, the first ones met."""
BASIC_FEATURES = ("agent", "type", "confidence")
STATUS = {Status.SUCCESS: 1, Status.FAILURE: 0}


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """Recommendations by column, oldest first; each of shape (n,)."""

    features: Mapping[str, Column]
    """All but the agreement, which depends on what others say."""
    ids: NDArray[np.object_]
    at: Moments
    action: NDArray[np.int64]
    """What is recommended, as a number: the same within a workflow and type where the same is said."""
    flow: NDArray[np.int64]
    confidence: NDArray[np.float64]
    approved: NDArray[np.int8]
    settled: Moments
    free: frozenset[str] = frozenset()
    """Features that proved to be free text and are not kept."""

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: NDArray[np.int64] | slice) -> "FeatureTable":
        """Give some of them."""
        own = {name: getattr(self, name)[rows] for name in PLAIN}
        return replace(self, features={n: c.take(rows) for n, c in self.features.items()}, **own)


PLAIN = tuple(one.name for one in fields(FeatureTable) if one.name not in ("features", "free"))


def extract_features(given: Sequence[Recommended], *, settings: LearningSettings) -> FeatureTable:
    """Read recommendations, in the order in which they come.

    Args:
        given: As the store keeps them.
        settings: From which confidence on it is high.
    """
    noted = [one.metadata for one in given]
    contents = [_json(one.answer) for one in given]
    evidence = [_json(note.get("evidence", "")) for note in noted]
    said = [_values("content", c) | _values("evidence", e) for c, e in zip(contents, evidence, strict=True)]
    flows = [workflow(one) for one in given]
    actions = [_action(one, flow, c) for one, flow, c in zip(given, flows, contents, strict=True)]
    stated = [float(note["confidence"]) if "confidence" in note else None for note in noted]
    names = list(dict.fromkeys(name for one in said for name in one))[:MOST_FEATURES]
    features = {name: Column.of(one.get(name) for one in said) for name in names}
    features |= {
        "agent": Column.of(one.agent for one in given),
        "type": Column.of(note.get("type", "other") for note in noted),
        "confidence": Column.of(_level(value, settings) for value in stated),
    }
    free = frozenset(name for name in names if features[name].free)
    verdicts = [verdict(one) for one in given]
    return FeatureTable(
        {name: column for name, column in features.items() if name not in free},
        np.array([one.id for one in given], dtype=np.object_),
        np.array([micros(one.at) for one in given], dtype=np.int64),
        np.array(actions, dtype=np.int64),
        np.array([flow_number(flow) for flow in flows], dtype=np.int64),
        np.array([np.nan if value is None else value for value in stated], dtype=np.float64),
        np.array([approved for approved, _ in verdicts], dtype=np.int8),
        np.array([settled for _, settled in verdicts], dtype=np.int64),
        free,
    )


def concatenate_tables(parts: Sequence[FeatureTable]) -> FeatureTable:
    """Put readings one behind the other."""
    free = frozenset(name for part in parts for name in part.free)
    met = [name for part in parts for name in part.features if name not in free]
    names = list(dict.fromkeys((*BASIC_FEATURES, *met)))[: len(BASIC_FEATURES) + MOST_FEATURES]
    features = {
        name: concatenate([part.features.get(name) or Column.empty(len(part)) for part in parts])
        for name in names
    }
    free |= {name for name, column in features.items() if column.free}
    plain = {name: np.concatenate([getattr(part, name) for part in parts]) for name in PLAIN}
    kept = {name: column.compact() for name, column in features.items() if name not in free}
    return FeatureTable(kept, free=free, **plain)


def agrees(action: NDArray[np.int64], agent: NDArray[np.int32]) -> Bools:
    """Say which recommendations another agent made as well, in the same workflow; shape (n,).

    >>> agrees(np.array([7, 7, 8]), np.array([0, 1, 1], dtype=np.int32)).tolist()
    [True, True, False]
    """
    if not len(action):
        return np.zeros(0, dtype=np.bool_)
    order = np.argsort(action)
    ordered, agents = action[order], agent[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    several = np.maximum.reduceat(agents, starts) > np.minimum.reduceat(agents, starts)
    found = np.empty(len(action), dtype=np.bool_)
    found[order] = np.repeat(several, np.diff(np.append(starts, len(action))))
    return found


def verdict(one: Recommended) -> tuple[int, int]:
    """Say whether it was approved (1), rejected (0) or neither (-1), and when, in microseconds."""
    approved = STATUS.get(Status(one.status), UNSETTLED) if one.status else UNSETTLED
    at = one.settled or one.folded
    return (approved, micros(at)) if approved != UNSETTLED and at else (UNSETTLED, NEVER_SETTLED)


def workflow(one: Recommended) -> str:
    """Say within what it was recommended, and judged together with others."""
    noted = one.metadata
    return noted.get("workflow_id") or noted.get("correlation_id") or one.trace or one.conversation


def _action(one: Recommended, flow: str, content: object) -> int:
    """What is recommended, to be compared: for JSON, whatever the order of its keys."""
    said = one.answer if content is None else msgspec.json.encode(content, order="sorted").decode()
    whole = "\x1f".join((flow, one.metadata.get("type", "other"), *said.lower().split()))
    return int.from_bytes(hashlib.blake2b(whole.encode(), digest_size=8).digest(), "big", signed=True)


def _level(confidence: float | None, settings: LearningSettings) -> str:
    if confidence is None:
        return "not stated"
    if confidence >= settings.high_confidence:
        return "high"
    return "medium" if confidence >= MEDIUM_CONFIDENCE else "low"


def _values(prefix: str, content: object) -> dict[str, str]:
    """Take short values out of a JSON object, so that patterns can be about them."""
    if not isinstance(content, dict):
        return {}
    found = {}
    for key, value in list(content.items())[:MOST_KEYS]:
        said = value[0] if isinstance(value, list) and len(value) == 1 else value
        if isinstance(said, str | int | bool):
            found[f"{prefix} {key}"] = str(said)[:MAX_VALUE_CHARS]
    return found


def _json(text: str) -> object:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        found: object = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    return found
