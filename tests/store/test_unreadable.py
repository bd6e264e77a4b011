"""A row that cannot be read is left out, counted and named; it can be erased and purged like every other."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.conftest import Maker

from upspiral import capture
from upspiral.capture import CaptureSettings
from upspiral.cursor import Cursor
from upspiral.domain import Interaction, Usage
from upspiral.domain.ids import DEFAULT_WORKSPACE, ErasureId
from upspiral.errors import InvalidInput
from upspiral.store import Store
from upspiral.store.repositories.interactions import InteractionFilter

DAMAGE = {
    "a number that became null": '{"input_tokens": null}',
    "a number that is text": '{"cost": "much"}',
    "a list": "[1, 2]",
}


def _spoil(store: Store, interaction: Interaction, usage: str = DAMAGE["a number that became null"]) -> None:
    with store.database.transaction() as connection:
        connection.execute(
            text(f"UPDATE interactions SET usage = '{usage}' WHERE id = :id"), {"id": interaction.id}
        )


@pytest.fixture
def turns(any_store: Store, make: Maker) -> list[Interaction]:
    """Five Interactions of one person, each with feedback; the third cannot be read."""
    any_store.workspaces.ensure(DEFAULT_WORKSPACE, make.now)
    made = [make.interaction(end_user="anna", conversation="talk", trace=f"t{n}") for n in range(5)]
    capture.record(any_store, *made, now=make.now)
    said = [make.feedback(one, 0.0) for one in made]
    capture.give_feedback(any_store, said, settings=CaptureSettings(), now=make.now)
    _spoil(any_store, made[2])
    return made


@pytest.mark.parametrize("usage", DAMAGE.values(), ids=list(DAMAGE))
def test_it_is_left_out_and_pages_go_on_behind_it(
    any_store: Store, turns: list[Interaction], usage: str
) -> None:
    _spoil(any_store, turns[2], usage)
    first = any_store.interactions.page(DEFAULT_WORKSPACE, InteractionFilter(), None, 3)
    assert [one.id for one in first] == [turns[n].id for n in (4, 3, 1)]
    rest = any_store.interactions.page(
        DEFAULT_WORKSPACE, InteractionFilter(), any_store.interactions.cursor(first[-1]), 3
    )
    assert [one.id for one in rest] == [turns[0].id]
    assert any_store.database.unreadable == {"interactions": {f"{DEFAULT_WORKSPACE}/{turns[2].id}"}}
    assert any_store.count_unreadable() == {"interactions": 1}


def test_no_reader_fails_because_of_it(any_store: Store, turns: list[Interaction]) -> None:
    store, agent = any_store.interactions, turns[0].agent
    ids = [one.id for one in turns]
    mark = Cursor(turns[0].at - timedelta(days=1), "")
    until = turns[-1].at + timedelta(days=1)
    assert len(store.headers(DEFAULT_WORKSPACE, ids)) == 4
    assert len(store.latest_headers(DEFAULT_WORKSPACE, agent, 9)) == 4
    assert len(store.headers_after(DEFAULT_WORKSPACE, agent, mark, until=until, limit=4)) == 4
    assert len(store.list_failed_calls(DEFAULT_WORKSPACE, agent, 9)) == 5
    assert capture.recount(any_store, DEFAULT_WORKSPACE).interactions == 4


def test_erasing_a_person_erases_it_unread(any_store: Store, turns: list[Interaction]) -> None:
    erased = capture.erase(
        any_store,
        DEFAULT_WORKSPACE,
        end_user="anna",
        now=turns[-1].at,
        ident=ErasureId("era_1"),
        settings=CaptureSettings(),
    )
    assert (erased.interactions, erased.feedback) == (5, 5)
    assert any_store.interactions.total(DEFAULT_WORKSPACE) == 0
    assert any_store.outcomes.total(DEFAULT_WORKSPACE) == 0


def test_a_purge_forgets_it_unread(any_store: Store, turns: list[Interaction]) -> None:
    assert capture.purge(any_store, DEFAULT_WORKSPACE, before=turns[3].at) == 3
    assert any_store.interactions.total(DEFAULT_WORKSPACE) == 2


@pytest.mark.parametrize("more", [{"latency_ms": float("inf")}, {"usage": Usage(0, 0, float("nan"))}])
def test_the_store_itself_refuses_what_it_could_not_read_again(
    any_store: Store, make: Maker, more: dict[str, Any]
) -> None:
    for count in (1, 30):  # one by one, and by COPY
        with pytest.raises(InvalidInput, match="not a finite number"):
            any_store.interactions.add_new(*(make.interaction(**more) for _ in range(count)))
    assert any_store.interactions.total(DEFAULT_WORKSPACE) == 0


@pytest.mark.parametrize("more", [{"answer": "a\0b"}, {"answer": "\ud800"}, {"agent": "x" * 9000}])
def test_what_a_database_refuses_is_told_as_the_callers_value(
    any_store: Store, make: Maker, more: dict[str, Any]
) -> None:
    try:
        any_store.interactions.add_new(make.interaction(**more))
    except InvalidInput:
        assert any_store.interactions.total(DEFAULT_WORKSPACE) == 0
    else:
        assert any_store.interactions.total(DEFAULT_WORKSPACE) == 1
