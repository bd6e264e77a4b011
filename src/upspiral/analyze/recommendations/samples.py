"""What can be learned from? Recommendations that were settled or not, by column."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from upspiral.analyze.recommendations.categorical import Bools, Column
from upspiral.domain.ids import AgentId, InteractionId

Moments = NDArray[np.int64]
"""Microseconds since 1970."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
NEVER_SETTLED = np.iinfo(np.int64).min
UNSETTLED = -1
"""Neither approved nor rejected."""


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


@dataclass(frozen=True, eq=False)
class Samples:
    """Many samples by column, each of shape (n,)."""

    features: Mapping[str, Column]
    """Agent and type among them."""
    approved: NDArray[np.int8]
    """1 approved, 0 rejected, -1 neither."""
    settled: Moments
    flow: NDArray[np.int64]
    """The number of its workflow, from `flow_number`."""
    confidence: NDArray[np.float64]
    """NaN where none is stated."""

    def __len__(self) -> int:
        return len(self.approved)

    @property
    def explored(self) -> Bools:
        """Which are used to find patterns; the others are used to test them."""
        found: Bools = (self.flow >> 56) & 1 == 0
        return found

    def only_decided(self) -> "Samples":
        """Give those that were approved or rejected."""
        return (
            self
            if (self.approved != UNSETTLED).all()
            else self.take(np.flatnonzero(self.approved != UNSETTLED))
        )

    def take(self, rows: NDArray[np.int64]) -> "Samples":
        """Give some of them."""
        return Samples(
            {name: column.take(rows) for name, column in self.features.items()},
            self.approved[rows],
            self.settled[rows],
            self.flow[rows],
            self.confidence[rows],
        )

    def meet(self, conditions: Sequence[tuple[str, str]]) -> Bools:
        """Say which of them meet all conditions."""
        inside = np.ones(len(self), dtype=np.bool_)
        for name, wanted in conditions:
            column = self.features.get(name)
            inside &= column.meets(wanted) if column else False
        return inside


def gather(given: Sequence[Sample]) -> Samples:
    """Put samples into columns."""
    names = dict.fromkeys(name for sample in given for name in sample.features)
    features = {name: Column.of(s.features.get(name) for s in given) for name in names}
    features |= {
        "agent": Column.of(str(s.agent) for s in given),
        "type": Column.of(s.type for s in given),
    }
    return Samples(
        features,
        np.array([UNSETTLED if s.approved is None else s.approved for s in given], dtype=np.int8),
        np.array([NEVER_SETTLED if s.settled is None else micros(s.settled) for s in given], dtype=np.int64),
        np.array([flow_number(s.workflow) for s in given], dtype=np.int64),
        np.array([np.nan if s.confidence is None else s.confidence for s in given], dtype=np.float64),
    )


def flow_number(workflow: str) -> int:
    """Give the number of a workflow; its highest byte decides on which side it is, to find or to test."""
    return int.from_bytes(hashlib.sha256(b"learning" + workflow.encode()).digest()[:8], "big", signed=True)


def micros(moment: datetime) -> int:
    """Give a moment in microseconds since 1970.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
    1000005
    """
    return (moment - BEGINNING) // timedelta(microseconds=1)
