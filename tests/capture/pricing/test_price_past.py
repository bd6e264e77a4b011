"""Past answers are priced once prices are known."""

from typing import Any

from upspiral.capture.pricing.price_past import price_past
from upspiral.capture.pricing.prices import PriceBook, TokenPrices
from upspiral.capture.record import record
from upspiral.domain import Usage
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.store import Store


def test_past_answers_are_priced_once_prices_are_known_and_the_counts_follow(
    any_store: Store, make: Any
) -> None:
    any_store.workspaces.ensure(DEFAULT_WORKSPACE, make.now)
    known = make.interaction(model="m", usage=Usage(1000, 100, 0.5))
    old = make.interaction(model="m", usage=Usage(1000, 100, 0.0))  # as older versions wrote it
    new, other = make.interaction(model="m", usage=Usage(1000, 100)), make.interaction(usage=Usage(5, 5))
    record(any_store, known, old, new, other, now=make.now)
    make.tick(60)
    book = PriceBook({"m": TokenPrices(input=1000, output=0)})
    done = price_past(any_store, DEFAULT_WORKSPACE, book, now=make.now)
    assert (done.looked, done.priced) == (3, 2)
    (sums,) = [one for one in any_store.rollups.sums(DEFAULT_WORKSPACE, "model", None) if one["key"] == "m"]
    assert (sums["cost"], sums["priced"]) == (2.5, 3)
    assert price_past(any_store, DEFAULT_WORKSPACE, book, now=make.now).priced == 0
