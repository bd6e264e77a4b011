"""Bodies hold only what is known and what can be stored."""

import pytest
from pydantic import ValidationError

from upspiral.server.schemas.base import BATCH, ONE, Body, is_batch_of


class Noted(Body):
    """A body with a few fields."""

    name: str
    n: int = 0
    notes: dict[str, str] | None = None


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        ({"name": "a", "unknown": 1}, ("unknown",)),
        ({"name": "a\x00"}, ("name",)),
        ({"name": "\ud800"}, ("name",)),
        ({"name": "a", "n": "7"}, ("n",)),
        ({"name": "a", "notes": {"k": "a\x00"}}, ("notes", "k")),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_name_of_its_field(
    sent: dict[str, object], where: tuple[str, ...]
) -> None:
    with pytest.raises(ValidationError) as refused:
        Noted.model_validate(sent)
    assert refused.value.errors()[0]["loc"] == where


def test_what_can_be_kept_is_read_as_it_was_sent() -> None:
    assert Noted.model_validate({"name": "größe ✓", "notes": {"k": "v"}}).name == "größe ✓"


def test_a_body_is_a_batch_where_it_has_the_list() -> None:
    tag = is_batch_of("feedback")
    assert (tag({"feedback": []}), tag({"thumbs": "up"}), tag(7)) == (BATCH, ONE, ONE)
