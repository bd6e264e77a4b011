"""Who got what right, overall and in each group of cases?"""

from collections import defaultdict
from collections.abc import Sequence

from upspiral.domain import Pair, Slice
from upspiral.stats.paired import gain_interval

REST_SLICE = "rest"
WENT_WELL = "what went well before"


def one_each(pairs: Sequence[Pair]) -> list[Pair]:
    """Keep one pair per conversation, the unit of evidence: its first."""
    found: dict[str, Pair] = {}
    for pair in pairs:
        found.setdefault(pair.conversation, pair)
    return list(found.values())


def tally(name: str, pairs: Sequence[Pair], *, success_at: float) -> Slice:
    """Count wins and losses among the pairs that both answered.

    Args:
        name: What the group is called.
        pairs: One per conversation.
        success_at: The score from which an answer is right, 0 to 1.
    """
    both = [
        (pair.candidate >= success_at, pair.incumbent >= success_at)
        for pair in pairs
        if pair.candidate is not None and pair.incumbent is not None
    ]
    n = len(both)
    wins = sum(new and not old for new, old in both)
    losses = sum(old and not new for new, old in both)
    gain = gain_interval(wins, losses, n)
    return Slice(
        name=name,
        n=n,
        wins=wins,
        losses=losses,
        candidate_rate=sum(new for new, _ in both) / n if n else 0.0,
        incumbent_rate=sum(old for _, old in both) / n if n else 0.0,
        gain_low=gain.low,
        gain_high=gain.high,
    )


def by_slice(pairs: Sequence[Pair], *, least: int, success_at: float) -> tuple[Slice, ...]:
    """Count within each slice, the largest first; those with fewer than `least` pairs are pooled.

    One more slice lies across the others: all answers that went well before. A candidate that learns much
    and forgets something everywhere shows its harm only there. These cases were chosen because the incumbent
    did well, so it can only be matched on them; the gate judges this slice by a rule of its own.
    """
    groups: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[pair.slice].append(pair)
    small = [name for name, members in groups.items() if len(members) < least and name != REST_SLICE]
    for name in small:
        groups[REST_SLICE] += groups.pop(name)
    good = [pair for pair in pairs if pair.went_well]
    if len(good) >= least:
        groups[WENT_WELL] = good
    counted = [tally(name, members, success_at=success_at) for name, members in groups.items() if members]
    return tuple(sorted(counted, key=lambda s: (-s.n, s.name)))
