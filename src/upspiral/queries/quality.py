"""Who fails, at what, why, and what would fix it?"""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from upspiral import analyze
from upspiral.analyze import questions, remedies
from upspiral.analyze.metrics import Breakdown, By, Costs, CostsBy, Sums
from upspiral.analyze.questions import ExplainedFailure, Reason, Standing, Trended
from upspiral.cursor import Cursor
from upspiral.cycle.planning import weaknesses
from upspiral.domain import Interaction, Pattern, Polarity
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.learning import Suggestion
from upspiral.domain.rollup import day_of
from upspiral.queries.interactions import Judged, join_outcomes
from upspiral.queries.remedies import read_evidence
from upspiral.runtime import Runtime
from upspiral.store.repositories.interactions import InteractionFilter

MAX_MEMBERS_SHOWN = 50
"""Interactions of a weakness that are shown with it, the newest."""
DAYS_SHOWN = 60
"""Days of the charts, and of what stands beside them."""
MAX_VERDICTS_READ = 2_000
"""Verdicts that are counted by customer, the newest."""
MAX_CUSTOMERS_SHOWN = 50
MAX_FAILURES_READ = 1000
"""Failures that are read for their reasons, the newest."""


class ResponseQuality(Struct, frozen=True, kw_only=True):
    """How responses are judged, by model and by day."""

    responses: int
    judged: int
    success_rate: float | None
    """Of the judged, 0 to 1; None where none is."""
    by_model: list[Breakdown]
    by_day: list[Breakdown]


def break_down(
    runtime: Runtime,
    workspace: WorkspaceId,
    *,
    by: By,
    agent: AgentId | None = None,
    since: str | None = None,
) -> list[Breakdown]:
    """Give the success rate of each group, the most surely weak one first.

    A run of several agents counts for each of them; where agents are not told apart it counts once.

    Args:
        runtime: The parts.
        workspace: Whose.
        by: What makes a group.
        agent: Whose answers; None for all agents.
        since: The first day that counts, such as ``2026-01-05``; None for all days.
    """
    store = runtime.store
    if by == "tool":
        return analyze.breakdown(store.tool_rollups.sums(workspace, by, agent, since), by=by)
    counted: list[Sums] = [*store.rollups.sums(workspace, by, agent, since)]
    if agent or by == "agent":
        counted = analyze.add_sums([*counted, *store.shared_rollups.sums(workspace, by, agent, since)])
    return analyze.breakdown(counted, by=by)


def find_first_day_shown(runtime: Runtime) -> str:
    """Give the first of the days that pages show: reading more would cost more as history grows."""
    return day_of(runtime.now() - timedelta(days=DAYS_SHOWN))


def list_days(runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None = None) -> list[Breakdown]:
    """Give the success rate of the last `DAYS_SHOWN` days, oldest first."""
    since = find_first_day_shown(runtime)
    by_day = break_down(runtime, workspace, by="day", agent=agent, since=since)
    return sorted(by_day, key=lambda row: row.key)


def sum_costs(
    runtime: Runtime,
    workspace: WorkspaceId,
    *,
    by: CostsBy,
    agent: AgentId | None = None,
    since: str | None = None,
) -> list[Costs]:
    """Add up what was spent, by agent, model or day."""
    return analyze.sum_costs(runtime.store.rollups.sums(workspace, by, agent, since), by=by)


def rank_tools(runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None) -> list[Breakdown]:
    """Give each tool's error rate, the tool that errs most surely first."""
    rows = break_down(runtime, workspace, by="tool", agent=agent)
    return sorted(rows, key=lambda row: (-row.call_error_low, row.key))


def rank_customers(runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None) -> list[Breakdown]:
    """Give the success rate of each end user in the newest verdicts, the most surely weak one first."""
    counted = runtime.store.outcomes.count_newest_by_user(workspace, agent, MAX_VERDICTS_READ)
    return analyze.breakdown(counted, by="customer")[:MAX_CUSTOMERS_SHOWN]


def list_failure_reasons(runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None) -> list[Reason]:
    """Count the reasons of the newest failures, the commonest first."""
    failed = runtime.store.interactions.list_failed_calls(workspace, agent, MAX_FAILURES_READ)
    unnamed = [one[0] for one in failed if questions.needs_words(one)]
    return questions.failure_reasons(failed, runtime.store.feedback.group_about(workspace, unnamed))


def compare_with_others(runtime: Runtime, workspace: WorkspaceId, agent: AgentId) -> Standing:
    """Say whether an agent fails more often than the others do, beyond chance."""
    return questions.compare_failures(break_down(runtime, workspace, by="agent"), agent)


def trend_failures(runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None) -> Trended:
    """Give the failures by day, and where their rate changed."""
    return questions.failure_trend(break_down(runtime, workspace, by="day", agent=agent))


def measure_responses(runtime: Runtime, workspace: WorkspaceId) -> ResponseQuality:
    """Say how responses are judged, by model and by day."""
    by_model = break_down(runtime, workspace, by="model")
    by_day = sorted(break_down(runtime, workspace, by="day"), key=lambda row: row.key)
    judged, failures = sum(row.settled for row in by_model), sum(row.failures for row in by_model)
    return ResponseQuality(
        responses=sum(row.n for row in by_model),
        judged=judged,
        success_rate=(judged - failures) / judged if judged else None,
        by_model=by_model,
        by_day=by_day,
    )


def list_failures(
    runtime: Runtime, workspace: WorkspaceId, *, model: str | None, after: Cursor | None, limit: int
) -> list[tuple[Interaction, ExplainedFailure]]:
    """Give a page of the Interactions that failed, newest first, each with its reason."""
    wanted = InteractionFilter(named={"model": model}, status="failure")
    rows = runtime.store.interactions.page(workspace, wanted, after, limit)
    said = runtime.store.feedback.group_about(workspace, [row.id for row in rows])
    return list(zip(rows, questions.explain_failures(rows, said), strict=True))


def list_patterns(
    runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None, after: Cursor | None, limit: int
) -> list[Pattern]:
    """Give a page of stored weaknesses and strengths, those found last first; of one agent, or of all."""
    return runtime.store.patterns.list_newest(workspace, after=after, limit=limit, agent=agent)


class PatternDetails(Struct, frozen=True, kw_only=True):
    """A weakness or strength with some of its members and what could be done about it."""

    pattern: Pattern
    members: list[Judged]
    """The newest."""
    suggestions: list[Suggestion]
    """The likeliest to help first; none for a strength."""


def show_pattern(runtime: Runtime, workspace: WorkspaceId, pattern: str) -> PatternDetails:
    """Give a weakness or strength with its newest members and the remedies for it.

    Raises:
        NotFound: The workspace has none of that id.
    """
    store = runtime.store
    found = store.patterns.get(workspace, pattern)
    members = store.interactions.many(workspace, sorted(found.members, reverse=True)[:MAX_MEMBERS_SHOWN])
    weak = [found] if found.polarity == Polarity.WEAKNESS else []
    evidence = read_evidence(store, workspace, weak)
    return PatternDetails(
        pattern=found,
        members=join_outcomes(runtime, workspace, members),
        suggestions=remedies.suggestions(weak, evidence, success_at=runtime.settings.capture.success_at),
    )


def list_weaknesses(runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None) -> list[Pattern]:
    """Give the weaknesses of one agent, or of each; look for them where nobody has yet."""
    found = _patterns_of(runtime, workspace, agent)
    return [one for known in found.values() for one in known if one.polarity == Polarity.WEAKNESS]


def explain_no_weakness(runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None) -> str:
    """Say why there may be no weakness of an agent, or of all: what is missing, in words.

    Returns:
        Sentences that tell nothing recorded, nothing rated, too few failures and no pattern apart.
    """
    by_day = break_down(runtime, workspace, by="day", agent=agent)
    return questions.explain_no_weakness(by_day, least=runtime.settings.analyze.min_failures)


def suggest_remedies(runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None) -> list[Suggestion]:
    """Give remedies for the weaknesses of one agent, or of each, the likeliest to help first."""
    found = _patterns_of(runtime, workspace, agent)
    weak = [one for known in found.values() for one in remedies.select_weaknesses(known)]
    evidence = read_evidence(runtime.store, workspace, weak)
    return remedies.suggestions(weak, evidence, success_at=runtime.settings.capture.success_at)


def _patterns_of(
    runtime: Runtime, workspace: WorkspaceId, agent: AgentId | None
) -> dict[AgentId, Sequence[Pattern]]:
    agents = [agent] if agent else runtime.store.interactions.agents(workspace)
    return {name: _patterns(runtime, workspace, name) for name in agents}


def _patterns(runtime: Runtime, workspace: WorkspaceId, agent: AgentId) -> Sequence[Pattern]:
    """Give what is known of an agent; where that is nothing and enough has failed, look now.

    What is found so is not stored: whoever asks may only read. The weekly look, a night and a POST of
    patterns store it.
    """
    known = runtime.store.patterns.latest(workspace, agent)
    if known:
        return known
    counted = break_down(runtime, workspace, by="agent", agent=agent)
    if sum(row.failures for row in counted) < runtime.settings.analyze.min_failures:
        return []
    return weaknesses.look(runtime, workspace, agent, keep=False)
