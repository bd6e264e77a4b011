"""How is a judge asked so that the order of the answers does not decide? In both orders."""

import asyncio

from msgspec import Struct

from upspiral.domain.ids import PairId
from upspiral.judges.base import Comparison, Judge


class PairJudge(Struct, frozen=True):
    """A judge as a comparison of two versions uses it."""

    judge: Judge
    tripwires: int = 100
    """Pairs with a known answer that are put among those of a comparison."""
    concurrency: int = 8
    """Questions put to the judge at the same time."""


async def prefer(judge: Judge, pair: PairId, asked: Comparison, room: asyncio.Semaphore) -> float | None:
    """Ask in both orders which answer is better.

    Returns:
        1 for the first of `asked` and -1 for the second in both orders, 0 for a tie or for a judge who goes
        by the order, a half between; None where one of the two answers said nothing of the closed set. The
        same texts are a tie, and nobody is asked.

    Raises:
        ProviderError: An answer was not to be had.
    """
    if asked.is_same:
        return 0.0
    other = Comparison(
        question=asked.question, first=asked.second, second=asked.first, reference=asked.reference
    )
    async with room:
        one = await judge.compare(asked, call_id=f"{judge.version.id}-{pair}-ab")
    async with room:
        two = await judge.compare(other, call_id=f"{judge.version.id}-{pair}-ba")
    return None if one is None or two is None else (one.points - two.points) / 2
