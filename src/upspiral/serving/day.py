"""THE DAY: choose who answers a request, let them answer, record what happened."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from upspiral.runtime import Runtime
from upspiral.serving.cascade import run_cascade
from upspiral.serving.ensemble import run_ensemble
from upspiral.serving.invoke import invoke
from upspiral.serving.record import Also, record, with_disconnect, with_draw
from upspiral.serving.request import FanOut, GatewayRequest, RecordedReply, RoutedRequest
from upspiral.serving.select import choose_mode, draw_one, draw_several, select_named
from upspiral.serving.stream import StreamedReply


async def choose(runtime: Runtime, asked: GatewayRequest) -> RoutedRequest | FanOut:
    """Choose the agent and the version that answer a request, or several of them.

    Raises:
        NotFound: There is no agent of that name, none that may be chosen, or none of the verifier's name.
        InvalidInput: Several agents cannot be asked this.
    """
    agents = runtime.snapshot(asked.workspace, wanted=asked.model).agents
    match choose_mode(asked, agents, runtime.settings.route):
        case None:
            return select_named(runtime, asked, agents)
        case "single":
            return await draw_one(runtime, asked, agents)
        case mode:
            return await draw_several(runtime, asked, agents, mode)


async def answer(
    runtime: Runtime,
    chosen: RoutedRequest | FanOut,
    has_disconnected: Callable[[], bool],
    *,
    also: Also | None = None,
) -> tuple[RoutedRequest, bytes]:
    """Let the chosen ones answer, record every answer, and give the one that the caller gets.

    Args:
        runtime: The parts.
        chosen: Who answers.
        has_disconnected: Says whether the caller has hung up; the answer is recorded as unread then.
        also: Gives what else is written in the same transaction.

    Returns:
        Whose answer it is, and the answer as it came.

    Raises:
        ProviderError: Nobody answered; this too is recorded.
    """
    match chosen:
        case RoutedRequest():
            replies = [RecordedReply(chosen, await invoke(runtime, chosen))]
        case FanOut(mode="cascade"):
            replies = with_draw(chosen, await run_cascade(runtime, chosen))
        case FanOut():
            replies = with_draw(chosen, await run_ensemble(runtime, chosen))

    if has_disconnected():
        replies = with_disconnect(replies)
    await record(runtime, replies, also=also)

    given = replies[-1]
    if given.reply.failure:
        raise given.reply.failure
    return given.routed, given.reply.body


async def stream(
    runtime: Runtime, chosen: RoutedRequest, *, also: Also | None = None
) -> AsyncGenerator[bytes]:
    """The same for one agent, passing each piece on as it comes; recorded before the stream ends.

    A caller who hangs up early is recorded as that.
    """
    reply = StreamedReply(chosen)
    try:
        async with aclosing(reply.pieces(runtime)) as pieces:
            async for piece in pieces:
                yield piece
    finally:
        await record(runtime, [RecordedReply(chosen, reply.finish())], also=also)
