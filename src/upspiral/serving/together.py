"""How do several agents answer one request: all at once, or one after the other until it is good?"""

import asyncio
from typing import Any

from msgspec import structs

from upspiral.runtime import Runtime
from upspiral.serving.cascade import run_cascade
from upspiral.serving.ensemble import run_ensemble
from upspiral.serving.record import Also, record_all
from upspiral.serving.request import CLIENT_DISCONNECTED, FanOut, RecordedReply, RoutedRequest


async def together(
    runtime: Runtime,
    several: FanOut,
    gone: asyncio.Future[Any] | None = None,
    *,
    also: Also | None = None,
) -> tuple[RoutedRequest, bytes]:
    """Let several agents answer, write every answer down, and give the one that was settled on.

    Args:
        runtime: The parts.
        several: Who answers.
        gone: Done once the caller has hung up; the answer is written down as unread then.
        also: Gives what else is written with it.

    Returns:
        Whose answer it is, and the answer as it came.

    Raises:
        ProviderError: None of them answered; this too is written down.
    """
    ways = {"ensemble": run_ensemble, "cascade": run_cascade}
    *others, last = await ways[several.mode](runtime, several)
    if gone and gone.done() and not last.said.failure:
        last = structs.replace(last, said=structs.replace(last.said, error=CLIENT_DISCONNECTED))
    given = _note_choice(several, last)
    await asyncio.shield(record_all(runtime, [*others, given], also=also))
    if given.said.failure:
        raise given.said.failure
    return given.routed, given.said.body


def _note_choice(several: FanOut, last: RecordedReply) -> RecordedReply:
    """Say of the answer that is given how its agents were drawn."""
    drawn = ", ".join(member.name for member in several.members)
    choice = structs.replace(
        last.routed.choice,
        probability=several.chance,
        reason=f"{several.mode} of {drawn}; the probability is that of drawing just these in their order",
    )
    return structs.replace(last, routed=structs.replace(last.routed, choice=choice, policy=several.policy))
