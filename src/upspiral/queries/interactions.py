"""What happened, what was said of it, and how did it go?"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from upspiral import capture
from upspiral.capture import Explained
from upspiral.capture.implicit import coverage
from upspiral.cursor import Cursor
from upspiral.domain import Feedback, Interaction, Kind, Outcome, RaterWeight, Source, to_rater_key
from upspiral.domain.feedback import FAMILIES
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.span import Span
from upspiral.errors import NotFound
from upspiral.projections.search import MAX_ROWS_AT_ONCE, SearchHit
from upspiral.runtime import Runtime
from upspiral.store.repositories.interactions import InteractionFilter


class InteractionDetails(Struct, frozen=True, kw_only=True):
    """One Interaction with everything that is known of it."""

    interaction: Interaction
    outcome: Outcome | None
    """None while nobody has judged it."""
    feedback: list[Feedback]
    """Oldest first."""
    spans: list[Span]
    """The steps of its trace."""


class InteractionQuestion(Struct, frozen=True, kw_only=True):
    """Which Interactions are asked for; all that is given must hold."""

    named: Mapping[str, str | None] = {}
    """Columns with the value each must have; None for any."""
    status: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Before this moment."""


Judged = tuple[Interaction, Outcome | None]


def list_interactions(
    runtime: Runtime, workspace: WorkspaceId, wanted: InteractionQuestion, *, after: Cursor | None, limit: int
) -> list[Interaction]:
    """Give a page of Interactions, newest first."""
    meant = InteractionFilter(
        named=dict(wanted.named), status=wanted.status, since=wanted.since, until=wanted.until
    )
    return runtime.store.interactions.page(workspace, meant, after, limit)


def list_judged_interactions(
    runtime: Runtime, workspace: WorkspaceId, wanted: InteractionQuestion, *, after: Cursor | None, limit: int
) -> list[Judged]:
    """Give a page of Interactions, newest first, each with its Outcome."""
    rows = list_interactions(runtime, workspace, wanted, after=after, limit=limit)
    return join_outcomes(runtime, workspace, rows)


def join_outcomes(
    runtime: Runtime, workspace: WorkspaceId, interactions: Sequence[Interaction]
) -> list[Judged]:
    """Give Interactions in their order, each with its Outcome."""
    outcomes = runtime.store.outcomes.of(workspace, [one.id for one in interactions])
    return [(one, outcomes.get(one.id)) for one in interactions]


class FoundInteractions(Struct, frozen=True, kw_only=True):
    """The Interactions that are most like a text."""

    hits: list[SearchHit]
    """Most similar first."""
    unread: str | None
    """That older questions are not searched yet, in words; None where all are."""


def search_interactions(
    runtime: Runtime, workspace: WorkspaceId, text: str, *, agent: AgentId | None, limit: int
) -> FoundInteractions:
    """Find the Interactions whose question is most like a text, without waiting until all are read."""
    index = runtime.projections.search_index(workspace, agent)
    hits = index.search(runtime.store, text, limit=limit, most=MAX_ROWS_AT_ONCE)
    return FoundInteractions(hits=hits, unread=explain_unread(index.unread))


def explain_unread(count: int) -> str | None:
    """Say that older questions are not searched yet; None where all are.

    >>> explain_unread(1200)
    'Still reading: 1,200 older questions are not searched yet.'
    """
    return f"Still reading: {count:,} older questions are not searched yet." if count else None


def get_interaction(runtime: Runtime, workspace: WorkspaceId, interaction: str) -> Interaction:
    """Give one Interaction.

    Raises:
        NotFound: The workspace has none of that id.
    """
    return runtime.store.interactions.get(workspace, interaction)


def find_end_user(runtime: Runtime, workspace: WorkspaceId, interaction: str) -> str | None:
    """Say whom an Interaction answered; None where nobody is named, or it has not come."""
    ident = runtime.admission(workspace).text(interaction)
    found = runtime.store.interactions.find(workspace, ident)
    return found.end_user if found else None


def show_interaction(runtime: Runtime, workspace: WorkspaceId, interaction: str) -> InteractionDetails:
    """Give one Interaction with its Outcome, its Feedback and the spans of its trace.

    Raises:
        NotFound: The workspace has none of that id.
    """
    store = runtime.store
    found = store.interactions.get(workspace, interaction)
    return InteractionDetails(
        interaction=found,
        outcome=store.outcomes.of(workspace, [found.id]).get(found.id),
        feedback=store.feedback.about(workspace, [found.id]),
        spans=store.spans.of_trace(workspace, found.trace) if found.trace else [],
    )


def list_feedback(
    runtime: Runtime,
    workspace: WorkspaceId,
    *,
    interaction: str | None,
    after: Cursor | None,
    limit: int,
) -> list[Feedback]:
    """Give a page of signals, newest first: about one Interaction, or all."""
    return runtime.store.feedback.page(workspace, interaction, after, limit)


def list_outcomes(
    runtime: Runtime,
    workspace: WorkspaceId,
    *,
    agent: AgentId | None = None,
    status: str | None = None,
    since: datetime | None = None,
    after: Cursor | None,
    limit: int,
) -> list[Outcome]:
    """Give a page of Outcomes, those folded last first; of one agent, or of all."""
    return runtime.store.outcomes.list_newest(
        workspace, after=after, limit=limit, since=since, agent=agent, status=status
    )


def explain_outcome(runtime: Runtime, workspace: WorkspaceId, interaction: str) -> Explained:
    """Say which signals made an Outcome, what their raters weigh and why.

    Raises:
        NotFound: The workspace has no such Interaction.
    """
    settings = runtime.settings.capture
    return capture.explain(runtime.store, workspace, interaction, settings=settings, now=runtime.now())


def measure_coverage(runtime: Runtime, workspace: WorkspaceId) -> coverage.OutcomeCoverage:
    """Say of how many answers the outcome is known, and how well implicit signals foretell ratings."""
    settings = runtime.settings.capture
    return coverage.measure_coverage(runtime.store, workspace, settings=settings, now=runtime.now())


def list_raters(
    runtime: Runtime,
    workspace: WorkspaceId,
    *,
    name: str | None,
    below: float | None,
    after: Cursor | None,
    limit: int,
) -> list[RaterWeight]:
    """Give a page of raters, the latest changed first.

    Args:
        runtime: The parts.
        workspace: Whose.
        name: Only raters of this name; None for all.
        below: Only those who weigh less; None for all.
        after: Where the page before ended.
        limit: Rows of the page.
    """
    sources = (*FAMILIES, Source.IMPLICIT)
    raters = sorted({to_rater_key(source, name) for source in sources}) if name else []
    return runtime.store.rater_weights.page(workspace, after, limit, raters=raters, below=below)


def get_rater(runtime: Runtime, workspace: WorkspaceId, rater: str) -> RaterWeight:
    """Give what is known of one rater.

    Raises:
        NotFound: The workspace knows none of that id.
    """
    return runtime.store.rater_weights.get(workspace, rater)


def list_recommendations(
    runtime: Runtime, workspace: WorkspaceId, agent: AgentId, *, after: Cursor | None, limit: int
) -> list[Judged]:
    """Give a page of an agent's recommendations, newest first, each with its Outcome."""
    wanted = InteractionFilter(named={"agent": agent, "kind": Kind.RECOMMENDATION})
    rows = runtime.store.interactions.page(workspace, wanted, after, limit)
    return join_outcomes(runtime, workspace, rows)


def show_recommendation(runtime: Runtime, workspace: WorkspaceId, recommendation: str) -> InteractionDetails:
    """Give one recommendation with its Outcome and Feedback.

    Raises:
        NotFound: The workspace has none of that id, or it is another kind of Interaction.
    """
    found = show_interaction(runtime, workspace, recommendation)
    if found.interaction.kind != Kind.RECOMMENDATION:
        raise NotFound(f"{recommendation!r} is no recommendation.", hint="It is a request; see interactions.")
    return found


def list_workflow(runtime: Runtime, workspace: WorkspaceId, workflow: str, *, limit: int) -> list[str]:
    """Give the ids of the recommendations of one workflow, newest first."""
    hidden = runtime.admission(workspace).text(workflow)
    wanted = InteractionFilter(named={"conversation": hidden, "kind": Kind.RECOMMENDATION})
    return [str(one.id) for one in runtime.store.interactions.page(workspace, wanted, None, limit)]


def place_of(interaction: Interaction) -> Cursor:
    """Say where an Interaction stands in a list."""
    return Cursor(interaction.at, interaction.id)
