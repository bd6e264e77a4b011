"""What did past answers cost whose price was not known then? A verb of this stage: `price_past`."""

from datetime import UTC, datetime

from msgspec import Struct, structs

from upspiral.capture.pricing.prices import PriceBook
from upspiral.capture.rollup_deltas import for_priced
from upspiral.cursor import Cursor
from upspiral.domain import Interaction, Usage
from upspiral.domain.ids import WorkspaceId
from upspiral.store import Store

BATCH_ROWS = 2_000
"""Interactions read at once."""


class Priced(Struct, frozen=True):
    """What came of pricing past answers."""

    looked: int = 0
    """Answers without a price."""
    priced: int = 0


def price_past(store: Store, workspace: WorkspaceId, book: PriceBook, *, now: datetime) -> Priced:
    """Price every answer that has tokens and no cost; the counts by day follow.

    It may be stopped at any time and begun again: what is priced stays so. Older versions stored 0 where the
    cost was not known, so 0 counts as unknown here.

    Args:
        store: Where everything is kept.
        workspace: Whose.
        book: The prices.
        now: The present moment; answers up to it are looked at.
    """
    found = Priced()
    for agent in store.interactions.agents(workspace):
        mark, read = Cursor(datetime.min.replace(tzinfo=UTC), ""), BATCH_ROWS
        while read == BATCH_ROWS:
            page = store.interactions.headers_after(workspace, agent, mark, until=now, limit=BATCH_ROWS)
            read = len(page)
            mark = store.interactions.cursor(page[-1]) if page else mark
            looked, priced = _price_page(store, workspace, page, book=book)
            found = Priced(found.looked + looked, found.priced + priced)
    return found


def _price_page(
    store: Store, workspace: WorkspaceId, page: list[Interaction], *, book: PriceBook
) -> tuple[int, int]:
    """Price a page; give how many had no price, and how many of them have one now."""
    unknown = [one for one in page if not one.usage.cost and _has_tokens(one.usage)]
    priced: list[tuple[Interaction, float]] = []
    with store.transaction():
        for one in unknown:
            provider = one.metadata.get("provider", "")
            cost = book.price(one.usage, one.model, provider=provider, at=one.at)
            if cost is not None:
                usage = structs.replace(one.usage, cost=cost)
                store.interactions.set_usage(workspace, one.id, usage)
                priced.append((one, cost))
        store.rollups.grow(for_priced(priced))
    return len(unknown), len(priced)


def _has_tokens(usage: Usage) -> bool:
    return bool(usage.input_tokens or usage.output_tokens)
