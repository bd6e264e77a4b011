"""Which agent fails most, why, and is that more than chance? (pure)."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from msgspec import Struct

from upspiral.analyze.metrics import Breakdown
from upspiral.domain import Feedback, Interaction, Source, ToolCall
from upspiral.domain.ids import AgentId, InteractionId
from upspiral.stats.change.permutation import change
from upspiral.stats.contrast import compare
from upspiral.stats.proportions import wilson

FailedCall = tuple[InteractionId, str | None, Sequence[ToolCall]]
"""An Interaction that failed, its error and its tools."""
Said = Sequence[Feedback]
"""What was said of one Interaction, oldest first."""
NUMBERS = re.compile(r"0x[0-9a-f]+|\d+|'[^']*'|\"[^\"]*\"")


class Reason(Struct, frozen=True):
    """Why an agent fails."""

    reason: str
    failures: int
    share: float
    """Of the failures that were read, 0 to 1."""
    low: float
    high: float
    """Limits of its 95 % interval."""
    example: InteractionId


class ExplainedFailure(Struct, frozen=True):
    """Why one Interaction failed, and what people said of it."""

    reason: str
    rating: float | None
    """The newest one by a user, 1 to 5; None where nobody rated it."""
    comment: str | None
    """The newest one."""


class Standing(Struct, frozen=True, kw_only=True):
    """How one agent does beside the others."""

    agent: AgentId
    settled: int
    failures: int
    failure_rate: float | None
    low: float
    high: float
    """Limits of the 95 % interval of its failure rate."""
    others_rate: float | None
    p_value: float
    """Chance of so many failures if it failed no more often than the others."""
    frequently_failing: bool
    """Is it surely worse than the others (5 %), and fails more than one time in ten?"""


class Trended(Struct, frozen=True):
    """Failures by day, and where they changed."""

    days: tuple[tuple[str, int, int], ...]
    """Day, failures, labeled."""
    trend: str
    changed_on: str | None


def explain_no_weakness(counted: Iterable[Breakdown], *, least: int) -> str:
    """Say in words why no weakness was found: what is missing, or that nothing stands out.

    Args:
        counted: What was recorded, rated and failed, in groups that do not overlap.
        least: Failing conversations that a weakness needs.

    >>> explain_no_weakness((), least=5)
    'Nothing is recorded yet: import what happened, or send requests through the gateway.'
    """
    rows = list(counted)
    n, rated, failures = (sum(getattr(row, name) for row in rows) for name in ("n", "settled", "failures"))
    if not n:
        return "Nothing is recorded yet: import what happened, or send requests through the gateway."
    recorded = f"{n:,} interaction{'s' * (n != 1)} recorded"
    if not rated:
        return f"{recorded} and none is rated: nothing says which went well."
    told = f"{recorded}, {rated:,} rated, {failures:,} of them failed: no weakness stands out from the noise."
    if failures >= least:
        return told
    missing = least - failures
    more = f"{missing} failing conversation{'s' * (missing != 1)} more"
    return f"{told} A weakness needs at least {least} alike; {more}."


def compare_failures(by_agent: Iterable[Breakdown], agent: AgentId) -> Standing:
    """Say whether an agent fails more often than the others do.

    Args:
        by_agent: How often each of them succeeds.
        agent: The one that is asked about.
    """
    rows = {row.key: row for row in by_agent}
    own = rows.get(agent)
    settled, failures = (own.settled, own.failures) if own else (0, 0)
    others = [row for name, row in rows.items() if name != agent]
    bad, n = sum(row.failures for row in others), sum(row.settled for row in others)
    p_value = compare((failures, settled), (bad, n), higher=True).p_value if settled and n else 1.0
    limits = wilson(failures, settled)
    rate = failures / settled if settled else None
    return Standing(
        agent=agent,
        settled=settled,
        failures=failures,
        failure_rate=rate,
        low=limits.low,
        high=limits.high,
        others_rate=bad / n if n else None,
        p_value=p_value,
        frequently_failing=p_value < 0.05 and (rate or 0.0) > 0.1,
    )


def failure_reasons(failed: Sequence[FailedCall], said: Mapping[InteractionId, Said]) -> list[Reason]:
    """Count the reasons of failures, the commonest first.

    Args:
        failed: Failures, newest first.
        said: What people said of those for which `needs_words` is true.
    """
    return count_reasons(
        (ident, _find_call_reason(error, calls) or _say_why(said.get(ident, ())))
        for ident, error, calls in failed
    )


def needs_words(failed: FailedCall) -> bool:
    """Say whether neither the error of a failure nor its tools give its reason."""
    _, error, calls = failed
    return _find_call_reason(error, calls) is None


def explain_failures(
    turns: Sequence[Interaction], said: Mapping[InteractionId, Said]
) -> list[ExplainedFailure]:
    """Say of each failure why it is one, in the words of `failure_reasons`, and what people said of it."""
    return [_explain(turn, said.get(turn.id, ())) for turn in turns]


def _explain(turn: Interaction, said: Said) -> ExplainedFailure:
    rated = [s.score for s in said if s.source == Source.USER_RATING and s.score is not None]
    words = [signal.comment for signal in said if signal.comment]
    return ExplainedFailure(
        reason=_find_call_reason(turn.error, turn.tool_calls) or _say_why(said),
        rating=1 + 4 * rated[-1] if rated else None,
        comment=words[-1] if words else None,
    )


def count_reasons(given: Iterable[tuple[InteractionId, str]]) -> list[Reason]:
    """Count the reasons of failures, the commonest first.

    Args:
        given: Failures, newest first, each with its reason.
    """
    reasons = list(given)
    counted = Counter(reason for _, reason in reasons)
    example = {reason: ident for ident, reason in reasons}
    total = len(reasons)
    found = []
    for reason, n in counted.most_common():
        limits = wilson(n, total)
        found.append(Reason(reason, n, n / total, limits.low, limits.high, example[reason]))
    return found


def failure_trend(by_day: Iterable[Breakdown]) -> Trended:
    """Give the failures by day, and test whether their rate changed."""
    rows = sorted(by_day, key=lambda row: row.key)
    days = [row for row in rows if row.settled]
    failed, settled = [row.failures for row in days], [row.settled for row in days]
    found = change(failed, settled, rng=np.random.default_rng(0))
    where = days[found.day].key if found.day is not None else None
    return Trended(tuple((row.key, row.failures, row.settled) for row in days), found.direction, where)


def _find_call_reason(error: str | None, calls: Sequence[ToolCall]) -> str | None:
    if error:
        return "error: " + NUMBERS.sub("…", error.splitlines()[0])[:120]
    failed = [call for call in calls if call.error]
    if failed:
        first = (failed[-1].error or "").splitlines()[0]
        return f"tool {failed[-1].name}: " + NUMBERS.sub("…", first)[:120]
    return None


def _say_why(said: Said) -> str:
    labels = [signal.label for signal in said if signal.label and (signal.score or 0.0) < 0.5]
    if labels:
        return f"label: {labels[-1]}"
    if any(signal.correction for signal in said):
        return "corrected by a user"
    # What an application gives as the reason of a failed task; what people write is different each time.
    given = [
        s.comment.strip() for s in said if s.source == Source.VERIFIER and s.comment and s.comment.strip()
    ]
    return NUMBERS.sub("…", given[-1].splitlines()[0])[:120] if given else "rated badly"
