"""What was recommended, and what was learned from it?"""

from msgspec import Struct

from upspiral.cursor import Cursor
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.learning import CycleDue, Learned, LearningIteration, LearningRun, Rule, RuleState
from upspiral.projections.learning_due import check_learning_due
from upspiral.runtime import Runtime


class LearningStats(Struct, frozen=True, kw_only=True):
    """How much was recommended, how it turned out, and what was learned."""

    recommendations: int
    outcomes: dict[str, int]
    """Recommendations by status."""
    iterations: int
    """Learning cycles that have run."""
    patterns: int
    rules: int
    agents: int
    """Agents with a profile."""
    iteration: LearningIteration | None
    """The newest one; None before the first."""


def list_iterations(
    runtime: Runtime, workspace: WorkspaceId, *, after: Cursor | None, limit: int
) -> list[LearningRun]:
    """Give a page of the learning cycles that have run, newest first."""
    return runtime.store.learning_runs.page(workspace, after, limit)


def get_iteration(runtime: Runtime, workspace: WorkspaceId, iteration: str) -> Learned:
    """Give all that one learning cycle left behind.

    Raises:
        NotFound: The workspace has none of that id.
    """
    return runtime.store.learning_runs.get(workspace, iteration).learned


def list_newest_rules(runtime: Runtime, workspace: WorkspaceId) -> tuple[Rule, ...]:
    """Give the rules of the newest learning cycle; none before the first."""
    runs = runtime.store.learning_runs.latest(workspace)
    return runs[0].learned.rules if runs else ()


def count_recommendations(
    runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None = None
) -> dict[str, int]:
    """Count recommendations by status; of one agent, or of all."""
    return runtime.store.interactions.recommendations_by_status(workspace, agent)


def measure_learning(runtime: Runtime, workspace: WorkspaceId, learned: Learned | None) -> LearningStats:
    """Count what was recommended, how it turned out, and what was learned.

    Args:
        runtime: The parts.
        workspace: Whose.
        learned: What the newest learning cycle found; None before the first.
    """
    kinds = count_recommendations(runtime, workspace)
    return LearningStats(
        recommendations=sum(kinds.values()),
        outcomes=kinds,
        iterations=runtime.store.learning_runs.total(workspace),
        patterns=len(learned.patterns) if learned else 0,
        rules=len(learned.rules) if learned else 0,
        agents=len(learned.profiles) if learned else 0,
        iteration=learned.iteration if learned else None,
    )


def explain_nothing_learned(runtime: Runtime, learned: Learned | None) -> str | None:
    """Say why no pattern was learned, and what is missing; None where patterns of other kinds were.

    Args:
        runtime: The parts.
        learned: What the newest learning cycle found; None before the first.
    """
    if learned is None:
        return (
            "No learning cycle has run yet: a server runs one each night, and"
            " `POST /api/v1/learning/learning-cycles/trigger` runs one now."
        )
    if learned.patterns:
        return None
    seen, least = learned.iteration.samples_analyzed, 2 * runtime.settings.analyze.learning.min_size
    told = f"The newest learning cycle saw {seen} labeled recommendations"
    if seen >= least:
        return f"{told}: no pattern stands out from the noise."
    return f"{told}; a pattern needs at least {least} of its kind: {least - seen} more."


def explain_no_rule(runtime: Runtime, learned: Learned | None) -> str | None:
    """Say why no rule is active, and what is missing; None where rules of other situations are.

    Args:
        runtime: The parts.
        learned: What the newest learning cycle found; None before the first.
    """
    if learned is None or not learned.patterns:
        return explain_nothing_learned(runtime, learned)
    if any(rule.state == RuleState.ACTIVE for rule in learned.rules):
        return None
    least = runtime.settings.analyze.learning.rule_observations
    return f"No rule is active yet: a rule needs {least} recommendations of its kind after it was proposed."


def check_due(runtime: Runtime, workspace: WorkspaceId) -> CycleDue:
    """Say whether enough was labeled since the last learning cycle for another one."""
    return check_learning_due(runtime.store, workspace, now=runtime.now())
