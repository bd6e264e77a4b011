"""What a model refused is kept in the store, and read by every server."""

from datetime import UTC, datetime

from upspiral.domain.model import RefusalRecord, RequestChange
from upspiral.projections.refusals import StoredRefusals
from upspiral.providers.negotiate import RefusalMemory
from upspiral.store import Store
from upspiral.store.writer import Writer

URL = "https://llm.example/v1"
NOW = datetime(2026, 1, 5, tzinfo=UTC)
CHANGES = (RequestChange("drop", "temperature"), RequestChange("rename", "max_tokens", "limit"))


def test_a_second_server_and_a_restart_know_what_the_first_one_learned(any_store: Store) -> None:
    writer = Writer(any_store.database)
    RefusalMemory(lambda: NOW, StoredRefusals(any_store, writer)).learn(URL, "gpt", CHANGES)
    writer.close()
    other = RefusalMemory(lambda: NOW, StoredRefusals(any_store, Writer(any_store.database)))
    assert other.changes(URL, "gpt") == CHANGES
    assert other.changes(URL, "another") == ()


def test_what_was_learned_last_takes_the_place_of_what_was_known(any_store: Store) -> None:
    for number, change in enumerate(CHANGES):
        record = RefusalRecord(URL, "gpt", (change,), NOW.replace(hour=number))
        any_store.model_refusals.upsert(record)
    assert any_store.model_refusals.select() == [RefusalRecord(URL, "gpt", CHANGES[1:], NOW.replace(hour=1))]
