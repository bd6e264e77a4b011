"""A field of a noun becomes a column."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from msgspec import Struct
from sqlalchemy import MetaData, create_engine, insert, select

from upspiral.store.columns import UtcDateTime, column_type, table


class Noun(Struct):
    """A noun with a field of each kind."""

    workspace: str
    id: str
    at: datetime
    n: int | None = None
    share: float = 0.0
    flag: bool = False
    tags: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("hint", "nullable"),
    [(int, False), (int | None, True), (str | None, True), (float, False), (dict[str, str], False)],
)
def test_a_column_may_be_null_where_its_field_may_be_none(hint: object, nullable: bool) -> None:
    assert column_type(hint)[1] is nullable


def test_every_field_has_its_column_and_the_key_is_the_one_that_was_named() -> None:
    made = table("a_noun_of_a_test", Noun, key=("workspace", "id"), indexes=(("at",),))
    assert [column.name for column in made.primary_key] == ["workspace", "id"]
    assert set(made.columns.keys()) == set(Noun.__struct_fields__)
    made.metadata.remove(made)


def test_a_moment_comes_back_in_utc_whatever_zone_it_was_given_in() -> None:
    made = table("moments_of_a_test", Noun, key=("id",))
    made.metadata.remove(made)
    local = datetime(2026, 1, 5, 14, tzinfo=timezone(timedelta(hours=2)))
    alone = made.to_metadata(MetaData())
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        alone.create(connection)
        connection.execute(
            insert(alone).values(workspace="w", id="1", at=local, share=0.5, flag=True, tags=["a"])
        )
        [row] = connection.execute(select(alone)).all()
    engine.dispose()
    assert row.at == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert row.at.tzinfo is UTC
    assert isinstance(alone.c.at.type, UtcDateTime)
