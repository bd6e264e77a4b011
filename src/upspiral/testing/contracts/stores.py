"""What must a store keep to? Nothing acknowledged is lost, nothing half done is seen, nobody sees another's.

For whoever runs Upspiral on another database, or opens the store in another way. It needs pytest.
"""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from upspiral.budget.ledger import Ledger, PaidCall
from upspiral.cursor import Cursor
from upspiral.domain import Deployment, DeploymentState, Interaction, Key, Message, Usage
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    BudgetId,
    DeploymentId,
    InteractionId,
    KeyId,
    WorkspaceId,
)
from upspiral.domain.night.budget import Amount, Budget, Purpose
from upspiral.domain.rollup import Rollup
from upspiral.errors import Conflict, InvalidTransition, NotFound
from upspiral.store import Store

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
AGENT, OTHER = AgentId("support"), WorkspaceId("other")
THREADS, BATCH = 8, 20
BUDGET_TOKENS = 5_000
"""Fewer than all calls of the threads would reserve together."""
STRANGE_TEXTS = ("", "ключ 🔑 \u202e", "a'; DROP TABLE interactions; --", "x" * 10_000)
"""Texts that must be read back as they were written."""


class StoreContract:
    """The battery for a store; `make_url` names a database of its own for each test."""

    def make_url(self, folder: Path) -> str:
        """Give the URL of an empty database; a folder is there for what it needs."""
        raise NotImplementedError

    def open_store(self, url: str) -> Store:
        """Open a store over a database, as a server does."""
        return Store(url)

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        """Give the database of this test."""
        return self.make_url(tmp_path)

    @pytest.fixture
    def store(self, url: str) -> Iterator[Store]:
        """Give a store with the newest schema."""
        with self.open_store(url) as opened:
            opened.upgrade()
            yield opened

    def test_its_schema_is_the_newest_however_often_it_is_upgraded(self, store: Store) -> None:
        """Upgrade once more."""
        store.upgrade()
        assert store.revision() == store.newest()
        assert store.find_damage() == []
        assert store.count_unreadable() == {}

    def test_what_is_written_is_read_back_the_same(self, store: Store) -> None:
        """Write texts of all kinds."""
        for number, text in enumerate(STRANGE_TEXTS):
            written = make_interaction(number, answer=text, metadata={"task": text}, error=text)
            store.interactions.add(written)
            assert store.interactions.get(DEFAULT_WORKSPACE, written.id) == written

    def test_what_is_written_is_there_after_it_was_opened_again(self, store: Store, url: str) -> None:
        """Write, and read by another store."""
        store.interactions.add(written := make_interaction())
        with self.open_store(url) as again:
            assert again.interactions.get(DEFAULT_WORKSPACE, written.id) == written

    def test_another_workspace_sees_nothing(self, store: Store) -> None:
        """Ask for the same id, and for all."""
        store.interactions.add(written := make_interaction())
        with pytest.raises(NotFound, match="int_"):
            store.interactions.get(OTHER, written.id)
        assert store.interactions.latest(OTHER) == []
        assert store.interactions.total(OTHER) == 0

    def test_a_row_is_added_once(self, store: Store) -> None:
        """Add it again, by both verbs."""
        store.interactions.add(written := make_interaction())
        store.interactions.insert_ignore(written)
        with pytest.raises(Conflict):
            store.interactions.add(written)
        assert store.interactions.total(DEFAULT_WORKSPACE) == 1

    def test_a_row_that_is_refused_is_told_by_its_rule_and_never_by_its_values(self, store: Store) -> None:
        """Add a key twice."""
        key = Key(
            id=KeyId("a secret name"),
            workspace=DEFAULT_WORKSPACE,
            name="n",
            shown="ups_",
            sha256="a secret hash",
            scopes=(),
            at=NOW,
        )
        store.keys.add(key)
        with pytest.raises(Conflict) as found:
            store.keys.add(key)
        assert "secret" not in str(found.value)

    def test_a_transaction_happens_whole_or_not_at_all(self, store: Store) -> None:
        """Fail after the first of two writes."""

        def fail() -> None:
            with store.transaction():
                store.interactions.add(make_interaction())
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert store.interactions.total(DEFAULT_WORKSPACE) == 0

    def test_many_threads_write_without_losing_a_row(self, store: Store) -> None:
        """Write from several threads at once."""
        batches = [[make_interaction(BATCH * i + j) for j in range(BATCH)] for i in range(THREADS)]
        threads = [threading.Thread(target=store.interactions.add, args=batch) for batch in batches]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.interactions.total(DEFAULT_WORKSPACE) == THREADS * BATCH

    def test_pages_hold_each_row_once_newest_first_also_where_moments_are_equal(self, store: Store) -> None:
        """Read pages of three over rows of which two and two share a moment."""
        written = [make_interaction(n, at=NOW + timedelta(seconds=n // 2)) for n in range(10)]
        store.interactions.add(*written)
        read: list[Interaction] = []
        after: Cursor | None = None
        while page := store.interactions.list_newest(DEFAULT_WORKSPACE, after=after, limit=3):
            read += page
            after = Cursor(page[-1].at, page[-1].id)
        assert read == sorted(written, key=lambda one: (one.at, one.id), reverse=True)

    def test_a_deployment_moves_only_along_its_table(self, store: Store) -> None:
        """Roll a canary back, and try to promote it."""
        canary = Deployment(
            id=DeploymentId("dep"),
            workspace=DEFAULT_WORKSPACE,
            agent=AGENT,
            candidate=AgentVersionId("new"),
            stable=AgentVersionId("old"),
            share=0.1,
            started=NOW,
        )
        store.deployments.add(canary)
        store.deployments.move(canary, DeploymentState.ROLLED_BACK)
        with pytest.raises(InvalidTransition, match="canary"):
            store.deployments.move(canary, DeploymentState.PROMOTED)

    def test_counts_are_written_when_the_transaction_ends_each_kind_once(self, store: Store) -> None:
        """Count within a transaction, and outside of one."""
        kind = Rollup(
            workspace=DEFAULT_WORKSPACE, day="2026-01-05", agent="a", model="m", version="", domain="", n=1
        )
        with store.transaction():
            for _ in range(3):
                store.rollups.grow([kind])
            assert not store.rollups.any(DEFAULT_WORKSPACE)
        store.rollups.grow([kind])
        assert [row.n for row in store.rollups.list_rows(DEFAULT_WORKSPACE)] == [4]

    def test_threads_together_never_reserve_more_than_a_budget(self, store: Store) -> None:
        """Reserve from several threads against one limit; every third call is made and settled."""
        night = Budget(
            id=BudgetId("cyc"), workspace=DEFAULT_WORKSPACE, agent=AGENT, at=NOW, limit_tokens=BUDGET_TOKENS
        )
        seen: list[Budget] = []

        def spend(first: int) -> None:
            ledger = Ledger(store, night, lambda: NOW)
            for number in range(first, first + BATCH):
                call = PaidCall(purpose=Purpose.TEACHER, model="m", key=str(number), most=Amount(100, 7))
                held = ledger.reserve(call)
                if held and number % 3 == 0:
                    ledger.settle(held, Usage(input_tokens=9, output_tokens=1), nano_usd=2)
                seen.append(store.budgets.get(DEFAULT_WORKSPACE, night.id))

        threads = [threading.Thread(target=spend, args=(BATCH * number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(seen) == THREADS * BATCH
        assert max(one.held_tokens + one.used_tokens for one in seen) <= BUDGET_TOKENS
        calls = store.reservations.of(DEFAULT_WORKSPACE, night.id)
        last = store.budgets.get(DEFAULT_WORKSPACE, night.id)
        assert last.held_tokens == sum(one.held_tokens for one in calls)
        assert last.used_nano_usd == sum(one.used_nano_usd or 0 for one in calls)
        assert last.refused == THREADS * BATCH - len(calls) > 0


def make_interaction(number: int = 0, **more: object) -> Interaction:
    """Make one of several Interactions, each a second after the one before."""
    ident = InteractionId(f"int_{number:026d}")
    given: dict[str, object] = {
        "id": ident,
        "workspace": DEFAULT_WORKSPACE,
        "agent": AGENT,
        "at": NOW + timedelta(seconds=number),
        "messages": (Message("user", "Where is it?"),),
        "answer": "Here.",
        "model": "base",
        "conversation": str(ident),
    }
    return Interaction(**{**given, **more})  # type: ignore[arg-type]
