"""Whatever is looked for, SQLite reads an index of it, not a workspace's rows in the order of time."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event

from upspiral.cursor import Cursor
from upspiral.domain.ids import DEFAULT_WORKSPACE as HERE
from upspiral.domain.ids import CycleId, InteractionId
from upspiral.store import Store
from upspiral.store.repositories.interactions import InteractionFilter

PLACE = Cursor(datetime(2026, 1, 1, tzinfo=UTC), "int_1")


def _page(*, status: str | None = None, **named: str) -> Callable[[Store], object]:
    wanted = InteractionFilter(named=dict(named), status=status)
    return lambda store: store.interactions.page(HERE, wanted, PLACE, 51)


def _of_trace(store: Store) -> object:
    return store.spans.of_trace(HERE, "t")


def _of_cycle(store: Store) -> object:
    return store.cycle_events.of(HERE, CycleId("c"))


@contextmanager
def _watch(store: Store) -> Iterator[list[tuple[str, Any]]]:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    event.listen(store.database._reader, "before_cursor_execute", note)
    yield asked
    event.remove(store.database._reader, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (_page(), "ix_interactions_workspace_at (workspace=? AND at<?)"),
        (_page(agent="a"), "ix_interactions_workspace_agent_at (workspace=? AND agent=? AND at<?)"),
        (_page(model="m"), "ix_interactions_workspace_model_at (workspace=? AND model=? AND at<?)"),
        (_page(conversation="c"), "ix_interactions_workspace_conversation (workspace=? AND conversation=?)"),
        (_page(client_id="c"), "ix_interactions_workspace_client_id (workspace=? AND client_id=?)"),
        (_page(end_user="c"), "ix_interactions_workspace_end_user (workspace=? AND end_user=?)"),
        (_page(trace="t"), "ix_interactions_workspace_trace (workspace=? AND trace=?)"),
        (_page(trace="t"), "ix_interactions_workspace_conversation (workspace=? AND conversation=?)"),
        (_page(kind="recommendation"), "ix_interactions_recommendations (workspace=? AND at<?)"),
        (_page(kind="task"), "ix_interactions_tasks (workspace=? AND at<?)"),
        (_page(status="failure"), "_status_interaction_at (workspace=? AND status=? AND interaction_at<?)"),
        (
            _page(status="failure", agent="a"),
            "_agent_status_interaction_at (workspace=? AND agent=? AND status=? AND interaction_at<?)",
        ),
        (_page(status="unknown"), "ix_interactions_workspace_at (workspace=? AND at<?)"),
        (_page(status="failure", model="m"), "ix_interactions_workspace_model_at"),
        (_page(status="failure", conversation="c"), "ix_interactions_workspace_conversation"),
        (lambda s: s.feedback.page(HERE, None, PLACE, 51), "ix_feedback_workspace_at (workspace=? AND at<?)"),
        (lambda s: s.feedback.page(HERE, "int_1", PLACE, 51), "ix_feedback_workspace_interaction"),
        (lambda s: s.feedback.about(HERE, [InteractionId("int_1")]), "ix_feedback_workspace_interaction"),
        (
            lambda s: s.outcomes.list_newest(HERE, after=PLACE, limit=51),
            "ix_outcomes_workspace_at (workspace=? AND at<?)",
        ),
        (
            lambda s: s.audit_entries.list_newest(HERE, after=PLACE, limit=51),
            "ix_audit_entries_workspace_at (workspace=? AND at<?)",
        ),
        (_of_trace, "ix_spans_workspace_trace"),
        (_of_cycle, "ix_cycle_events_workspace_cycle_at"),
    ],
)
def test_a_list_reads_the_index_of_what_is_looked_for(
    store: Store, ask: Callable[[Store], object], expected: str
) -> None:
    with _watch(store) as asked:
        ask(store)
    with sqlite3.connect(store.database.url.removeprefix("sqlite:///")) as file:
        plan = [
            row[3]
            for statement, values in asked
            for row in file.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert any(expected in step for step in plan), plan
