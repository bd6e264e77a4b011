"""How does an agent's trust follow its facts one by one, late and changed ones included? Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from msgspec import Struct

from upspiral.domain import Feedback, Interaction, Outcome, Status
from upspiral.domain.ids import InteractionId
from upspiral.route.trust_score import Impacts, TrustFact, TrustFold, fold

TAIL = 500
"""Verdicts of an agent that may still change, or be preceded by a late one, without reading all again."""

UNNAMED_RATER = "anonymous"
"""What feedback says of its rater where its sender names none."""


class TrustEvent(Struct, frozen=True):
    """What an Outcome says about an agent's trust."""

    fact: TrustFact
    settled: bool
    """Is the Outcome a success or a failure? A partial success is neither, and worth a half."""

    @property
    def key(self) -> tuple[float, str]:
        """Its place in the order of folding."""
        return self.fact.at, self.fact.id


class IncrementalTrust(Struct, frozen=True):
    """An agent's trust with the verdicts that may still move.

    >>> late, early = (TrustEvent(TrustFact(id=str(at), at=at, approved=1.0), True) for at in (9, 3))
    >>> IncrementalTrust().add([late]).add([early]) == IncrementalTrust().add([early, late])
    True
    """

    base: TrustFold = TrustFold()
    """All verdicts up to `until`."""
    checkpoint: tuple[float, str] = (float("-inf"), "")
    recent: tuple[TrustEvent, ...] = ()
    """The later ones, in order."""
    trust: TrustFold = TrustFold()
    """Base and tail together: what folding all verdicts gives, to the last bit."""
    settled: int = 0
    """Outcomes among them that are a success or a failure."""

    def add(self, verdicts: Iterable[TrustEvent]) -> "IncrementalTrust | None":
        """Count verdicts that are new, late or changed; None where that needs all facts again.

        A verdict without an approval takes back what its Interaction was said to be.
        """
        tail = {one.fact.id: one for one in self.recent}
        said = {one.fact.id: one for one in verdicts}
        said = {ident: one for ident, one in said.items() if tail.get(ident) != one}
        # The score depends on the order of facts, and what lies before the checkpoint is folded already.
        if any(one.key <= self.checkpoint for one in said.values()):
            return None
        kept = [one for ident, one in tail.items() if ident not in said]
        new = sorted((one for one in said.values() if one.fact.approved is not None), key=lambda o: o.key)
        settled = self.settled + sum(one.settled for one in new) - _count_settled(tail, said)
        # The usual case: what is new comes last, and nothing has to be folded again.
        in_order = len(kept) == len(self.recent) and (not kept or not new or new[0].key > kept[-1].key)
        if in_order:
            trust = self.trust.learn(one.fact for one in new)
            return _shorten(
                IncrementalTrust(self.base, self.checkpoint, (*self.recent, *new), trust, settled)
            )
        whole = sorted([*kept, *new], key=lambda one: one.key)
        trust = self.base.learn(one.fact for one in whole)
        return _shorten(IncrementalTrust(self.base, self.checkpoint, tuple(whole), trust, settled))


def _count_settled(tail: Mapping[str, TrustEvent], said: Iterable[str]) -> int:
    return sum(tail[ident].settled for ident in said if ident in tail)


def _shorten(account: IncrementalTrust) -> IncrementalTrust:
    """Give up the older half of a tail that has grown too long."""
    if len(account.recent) <= 2 * TAIL:
        return account
    old, tail = account.recent[:-TAIL], account.recent[-TAIL:]
    base = account.base.learn(one.fact for one in old)
    return IncrementalTrust(base, old[-1].key, tail, account.trust, account.settled)


def verdicts(
    turns: Iterable[Interaction],
    outcomes: Mapping[InteractionId, Outcome],
    signals: Mapping[InteractionId, Sequence[Feedback]],
) -> list[TrustEvent]:
    """Read what was concluded about Interactions; each takes its place when it was first judged."""
    return [
        _verdict(turn, outcomes[turn.id], signals.get(turn.id, ())) for turn in turns if turn.id in outcomes
    ]


class Delivery(NamedTuple):
    """How one Interaction was delivered."""

    id: InteractionId
    at: float
    delivered: bool
    latency_ms: float
    deadline_ms: float | None


def deliveries(turns: Iterable[Interaction]) -> tuple[Delivery, ...]:
    """Read how Interactions were delivered."""
    return tuple(
        Delivery(
            turn.id,
            turn.at.timestamp(),
            turn.error is None,
            turn.latency_ms,
            _number(turn.metadata.get("deadline_ms")),
        )
        for turn in turns
    )


def median_latency_ms(found: Iterable[Delivery]) -> float:
    """Give the median latency to two digits, so that it changes seldom; 0 where none is known.

    >>> median_latency_ms([Delivery(InteractionId("i"), 0.0, True, 123.4, None)])
    120.0
    """
    known = [one.latency_ms for one in found if one.latency_ms > 0]
    return float(f"{median(known):.2g}") if known else 0.0


def delivery(found: Iterable[Delivery], usual_ms: float) -> TrustFold:
    """Fold how an agent's newest Interactions were delivered: its timeliness and reliability.

    Args:
        found: How they were delivered. In time is what came within the deadline that its sender named, or
            else within the usual latency.
        usual_ms: The workspace's median latency; 0 where it is not known.
    """
    return fold(
        TrustFact(
            id=one.id,
            at=one.at,
            delivered=one.delivered,
            in_time=_is_in_time(one, usual_ms),
        )
        for one in found
    )


def _verdict(turn: Interaction, outcome: Outcome, signals: Sequence[Feedback]) -> TrustEvent:
    rated = [signal for signal in signals if signal.score is not None]
    fact = TrustFact(
        id=turn.id,
        at=(turn.at if turn.error else min((s.at for s in signals), default=turn.at)).timestamp(),
        kind=turn.metadata.get("type") or turn.metadata.get("task") or str(turn.kind),
        approved=outcome.worth,
        quality=None if outcome.worth is None else _quality(signals),
        delivered=None,
        impacts=_impacts(signals),
        rater=_rater(rated) if outcome.score is not None else None,
    )
    return TrustEvent(fact, outcome.status != Status.UNKNOWN)


def _rater(rated: Sequence[Feedback]) -> str | None:
    """Name who judged last; nobody where the sender names no raters."""
    return rated[-1].rater if rated and rated[-1].rater != UNNAMED_RATER else None


def _quality(signals: Iterable[Feedback]) -> float | None:
    said = [value for signal in signals if (value := _number(signal.metadata.get("quality"))) is not None]
    return min(100.0, max(0.0, said[-1])) if said else None


def _impacts(signals: Iterable[Feedback]) -> Impacts:
    """Read what the newest evaluation adds to the move of accuracy and consistency."""
    said = {name: value for signal in signals for name, value in signal.metadata.items()}
    found = (_number(said.get(f"{name}_impact")) or 0.0 for name in ("accuracy", "consistency"))
    accuracy, consistency = (min(1.0, max(-1.0, value)) for value in found)
    return Impacts(accuracy=accuracy, consistency=consistency)


def _number(said: str | None) -> float | None:
    """Read a number that a sender wrote; None for anything else."""
    try:
        value = float(said) if said else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _is_in_time(one: Delivery, usual_ms: float) -> bool | None:
    limit = one.deadline_ms or usual_ms
    return one.latency_ms <= limit if limit and one.latency_ms > 0 else None
