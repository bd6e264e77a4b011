"""An item of a batch that cannot be read takes no other with it."""

from typing import Annotated

import pytest
from pydantic import BaseModel

from upspiral.server.schemas.items import BadItem, Leniently


class Item(BaseModel):
    """One of a batch."""

    id: str
    n: int


class Batch(BaseModel):
    """Several."""

    items: list[Annotated[Item, Leniently]]


def test_the_good_ones_are_read_and_each_other_is_told_at_its_place() -> None:
    sent = [{"id": "a", "n": 1}, {"id": "b", "n": "many"}, 7, {"id": "c", "n": 3}]
    first, second, third, fourth = Batch.model_validate({"items": sent}).items
    assert (first.n, fourth.n) == (1, 3)
    assert isinstance(second, BadItem)
    assert (second.id, second.field) == ("b", "n")
    assert isinstance(third, BadItem)
    assert (third.id, third.field) == (None, "")


@pytest.mark.parametrize("ident", [7, None, "\ud800", ["a"]])
def test_an_id_that_fits_into_no_answer_is_left_out(ident: object) -> None:
    [bad] = Batch.model_validate({"items": [{"id": ident, "n": "many"}]}).items
    assert isinstance(bad, BadItem)
    assert bad.id is None
