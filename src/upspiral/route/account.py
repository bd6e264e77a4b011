"""How does an agent's trust follow its facts one by one, late and changed ones included? Pure."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from msgspec import Struct

from upspiral.domain import Feedback, Interaction, Outcome, Status
from upspiral.domain.ids import InteractionId
from upspiral.route.trust import Trust, TrustFact, fold

TAIL = 500
"""Verdicts of an agent that may still change, or be preceded by a late one, without reading all anew."""


class Verdict(Struct, frozen=True):
    """What an Outcome says about an agent's trust."""

    fact: TrustFact
    settled: bool
    """Is the Outcome a success or a failure? A partial approval may be neither."""

    @property
    def key(self) -> tuple[float, str]:
        """Its place in the order of folding."""
        return self.fact.at, self.fact.id


class Account(Struct, frozen=True):
    """An agent's trust with the verdicts that may still move.

    >>> late, early = (Verdict(TrustFact(id=str(at), at=at, approved=1.0), True) for at in (9, 3))
    >>> Account().add([late]).add([early]) == Account().add([early, late])
    True
    """

    base: Trust = Trust()
    """All verdicts up to `until`."""
    until: tuple[float, str] = (float("-inf"), "")
    tail: tuple[Verdict, ...] = ()
    """The later ones, in order."""
    trust: Trust = Trust()
    """Base and tail together: what folding all verdicts gives, to the last bit."""
    settled: int = 0
    """Outcomes among them that are a success or a failure."""

    def add(self, verdicts: Iterable[Verdict]) -> "Account | None":
        """Count verdicts that are new, late or changed; None where that needs all facts anew.

        A verdict without an approval takes back what its Interaction was said to be.
        """
        tail = {one.fact.id: one for one in self.tail}
        said = {one.fact.id: one for one in verdicts}
        said = {ident: one for ident, one in said.items() if tail.get(ident) != one}
        if any(one.key <= self.until for one in said.values()):
            return None
        kept = [one for ident, one in tail.items() if ident not in said]
        new = sorted((one for one in said.values() if one.fact.approved is not None), key=lambda o: o.key)
        settled = self.settled + sum(one.settled for one in new) - _settled(tail, said)
        in_order = len(kept) == len(self.tail) and (not kept or not new or new[0].key > kept[-1].key)
        if in_order:
            trust = self.trust.learn(one.fact for one in new)
            return _short(Account(self.base, self.until, (*self.tail, *new), trust, settled))
        whole = sorted([*kept, *new], key=lambda one: one.key)
        trust = self.base.learn(one.fact for one in whole)
        return _short(Account(self.base, self.until, tuple(whole), trust, settled))


def _settled(tail: Mapping[str, Verdict], said: Iterable[str]) -> int:
    return sum(tail[ident].settled for ident in said if ident in tail)


def _short(account: Account) -> Account:
    """Give up the older half of a tail that has grown too long."""
    if len(account.tail) <= 2 * TAIL:
        return account
    old, tail = account.tail[:-TAIL], account.tail[-TAIL:]
    base = account.base.learn(one.fact for one in old)
    return Account(base, old[-1].key, tail, account.trust, account.settled)


def verdicts(
    turns: Iterable[Interaction],
    outcomes: Mapping[InteractionId, Outcome],
    signals: Mapping[InteractionId, Sequence[Feedback]],
) -> list[Verdict]:
    """Read what was concluded about Interactions; each takes its place when it was first judged."""
    return [
        _verdict(turn, outcomes[turn.id], signals.get(turn.id, ())) for turn in turns if turn.id in outcomes
    ]


def delivery(turns: Iterable[Interaction]) -> Trust:
    """Fold how an agent's newest Interactions were delivered: its timeliness and reliability.

    In time is what came within the deadline that its sender named, or else within twice the median latency.
    """
    seen = list(turns)
    usual = median([turn.latency_ms for turn in seen if turn.latency_ms > 0] or [0.0])
    return fold(
        TrustFact(
            id=turn.id,
            at=turn.at.timestamp(),
            delivered=turn.error is None,
            in_time=_in_time(turn, usual),
        )
        for turn in seen
    )


def _verdict(turn: Interaction, outcome: Outcome, signals: Sequence[Feedback]) -> Verdict:
    rated = [signal for signal in signals if signal.score is not None]
    settled = outcome.status != Status.UNKNOWN
    partly = any(signal.label == "partial" for signal in signals)
    fact = TrustFact(
        id=turn.id,
        at=(turn.at if turn.error else min((s.at for s in signals), default=turn.at)).timestamp(),
        kind=turn.metadata.get("type") or turn.metadata.get("task") or str(turn.kind),
        approved=0.5 if partly else float(outcome.status == Status.SUCCESS) if settled else None,
        quality=_quality(signals) if settled or partly else None,
        delivered=None,
        rater=rated[-1].rater if rated and outcome.score is not None else None,
    )
    return Verdict(fact, settled)


def _quality(signals: Iterable[Feedback]) -> float | None:
    said = [float(signal.metadata["quality"]) for signal in signals if "quality" in signal.metadata]
    return said[-1] if said else None


def _in_time(turn: Interaction, usual_ms: float) -> bool | None:
    deadline = turn.metadata.get("deadline_ms")
    if deadline:
        return turn.latency_ms <= float(deadline)
    return turn.latency_ms <= 2 * usual_ms if usual_ms and turn.latency_ms > 0 else None
