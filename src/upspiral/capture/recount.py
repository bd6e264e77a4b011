"""What would the counts by day be, recounted from the facts? A verb of this stage: `recount`."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from msgspec import Struct

from upspiral.capture.rollup_deltas import for_new, for_participants, merge
from upspiral.cursor import Cursor
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.rollup import Rollup, ToolRollup, day_of
from upspiral.store import Store

BATCH_ROWS = 2_000
"""Interactions read at once."""
DAY = timedelta(days=1)


class Recount(Struct, frozen=True):
    """What came of a recount."""

    interactions: int = 0
    days: int = 0
    """Days of an agent that were counted."""
    mended: int = 0
    """Counts that were missing, wrong or too many, and are right now."""


def recount(store: Store, workspace: WorkspaceId) -> Recount:
    """Recount what happened from the Interactions and Outcomes, an agent's day at a time.

    Nobody can add to the counts while a day is counted. Days whose Interactions were forgotten keep their
    counts, and so does the oldest day left where earlier ones were counted: part of it may be forgotten. What
    was erased on later days is counted no more.

    Args:
        store: Where everything is kept.
        workspace: Whose counts.
    """
    found = Recount()
    for agent in store.interactions.agents(workspace):
        first = partial(store.interactions.first_seen, workspace, agent)
        for day in _list_days(first, store.rollups.first_day(workspace, agent)):
            interactions, mended = _day(store, workspace, agent, day)
            found = Recount(found.interactions + interactions, found.days + 1, found.mended + mended)
    mended = recount_shared(store, workspace)
    return Recount(found.interactions, found.days, found.mended + mended)


def recount_shared(store: Store, workspace: WorkspaceId) -> int:
    """Recount what happened in runs of several agents, for each; give how many counts were not right.

    Args:
        store: Where everything is kept.
        workspace: Whose counts.
    """
    mended = 0
    for agent in store.participants.agents(workspace):
        first = partial(store.participants.first_seen, workspace, agent)
        for day in _list_days(first, store.shared_rollups.first_day(workspace, agent)):
            mended += _recount_shared_day(store, workspace, agent, day)
    return mended


def recount_missing(store: Store) -> Recount:
    """Count in the workspaces where nothing was counted yet, such as after an upgrade from before the counts.

    Args:
        store: Where everything is kept.
    """
    found = Recount()
    for workspace in store.workspaces.all():
        if store.interactions.any(workspace.id) and not store.rollups.any(workspace.id):
            made = recount(store, workspace.id)
            found = Recount(
                found.interactions + made.interactions, found.days + made.days, found.mended + made.mended
            )
        elif store.participants.any(workspace.id) and not store.shared_rollups.any(workspace.id):
            mended = recount_shared(store, workspace.id)
            found = Recount(found.interactions, found.days, found.mended + mended)
    return found


def recount_broken(store: Store) -> int:
    """Recount the days whose sums are not finite, as older versions could write them; give how many.

    What cannot be counted any more, because its Interactions were forgotten, becomes 0, for unknown.

    Args:
        store: Where everything is kept.
    """
    broken = store.rollups.list_broken_days()
    for workspace, agent, day in broken:
        since = datetime.combine(date.fromisoformat(day), time(), UTC)
        first = store.interactions.first_seen(workspace, agent, since)
        if first is not None and first < since + DAY:
            _day(store, workspace, agent, day)
        store.rollups.reset_broken(workspace, agent, day)
    return len(broken)


def _list_days(first_seen: Callable[[datetime], datetime | None], counted: str | None) -> Iterator[str]:
    """Name the days to recount, oldest first.

    Args:
        first_seen: Says when anything first happened at a moment or after.
        counted: The oldest day that was counted. An oldest day left that lies after it may be forgotten in
            part, and is passed over.
    """
    since = datetime.min.replace(tzinfo=UTC)
    while moment := first_seen(since):
        day = moment.astimezone(UTC).date()
        if counted is None or counted >= day_of(day):
            yield day_of(day)
        counted = None
        since = datetime.combine(day, time(), UTC) + DAY


def _day(store: Store, workspace: WorkspaceId, agent: AgentId, day: str) -> tuple[int, int]:
    """Recount a day; give how many Interactions it has, and how many counts were not right."""
    since = datetime.combine(date.fromisoformat(day), time(), UTC)
    counts: list[Rollup] = []
    tools: list[ToolRollup] = []
    mark, read, total = Cursor(since, ""), BATCH_ROWS, 0
    with store.transaction():
        store.rollups.hold()
        store.tool_rollups.hold()
        while read == BATCH_ROWS:
            page = store.interactions.headers_after(
                workspace, agent, mark, until=since + DAY, limit=BATCH_ROWS
            )
            outcomes = store.outcomes.of(workspace, [one.id for one in page])
            of_page, tools_of_page = for_new(page, outcomes)
            counts = merge(Rollup, [*counts, *of_page])
            tools = merge(ToolRollup, [*tools, *tools_of_page])
            read, total = len(page), total + len(page)
            mark = store.interactions.cursor(page[-1]) if page else mark
        mended = store.rollups.replace(workspace, agent, day, counts)
        mended += store.tool_rollups.replace(workspace, agent, day, tools)
    return total, mended


def _recount_shared_day(store: Store, workspace: WorkspaceId, agent: AgentId, day: str) -> int:
    """Recount a day of runs that an agent shared; give how many counts were not right."""
    since = datetime.combine(date.fromisoformat(day), time(), UTC)
    counts: list[Rollup] = []
    mark, read = Cursor(since, ""), BATCH_ROWS
    with store.transaction():
        store.shared_rollups.hold()
        while read == BATCH_ROWS:
            page = store.participants.list_after(workspace, agent, mark, until=since + DAY, limit=BATCH_ROWS)
            ids = [one.interaction for one in page]
            outcomes = store.outcomes.of(workspace, ids)
            turns = store.interactions.headers(workspace, ids)
            of_page = for_participants(turns, {one.interaction: [one] for one in page}, outcomes)
            counts = merge(Rollup, [*counts, *of_page])
            read = len(page)
            mark = Cursor(page[-1].at, page[-1].interaction) if page else mark
        return store.shared_rollups.replace(workspace, agent, day, counts)
