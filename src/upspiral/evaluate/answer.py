"""Let a model answer the held-out cases."""

import asyncio
from collections.abc import Sequence

from upspiral.domain import AgentVersion, Example
from upspiral.errors import ProviderError
from upspiral.providers.base import ChatModel, ChatRequest


async def answers(
    version: AgentVersion, model: ChatModel, examples: Sequence[Example], *, max_tokens: int, concurrency: int
) -> list[str | None]:
    """Answer every case as the version would answer a user; None where no answer could be had.

    Args:
        version: Its instructions, examples, rules and sampling go before every case.
        model: What stands behind it.
        examples: The cases, shape (n,).
        max_tokens: Longest answer.
        concurrency: Cases answered at the same time.
    """
    room = asyncio.Semaphore(concurrency)
    options = {"temperature": 0, "max_tokens": max_tokens, **version.sampling}

    async def one(example: Example) -> str | None:
        async with room:
            try:
                request = ChatRequest(version.with_prompt(example.messages), options=options)
                return (await model.complete(request, call_id=f"{version.id}-{example.id}")).answer
            except ProviderError:
                return None

    return list(await asyncio.gather(*(one(example) for example in examples)))
