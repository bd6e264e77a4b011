"""Let a model answer the held-out cases."""

import asyncio
from collections.abc import Sequence

from upspiral.domain import AgentVersion, Example
from upspiral.domain.prompting import Prompt, Recall, write_prompt
from upspiral.errors import BudgetSpent, ProviderError
from upspiral.providers.base import ChatModel, ChatRequest


async def answers(
    version: AgentVersion,
    model: ChatModel,
    examples: Sequence[Example],
    *,
    max_tokens: int,
    concurrency: int,
    recall: Recall | None = None,
) -> list[str | None]:
    """Answer every case as the version would answer a user; None where no answer could be had.

    Args:
        version: Its instructions, examples, rules and sampling go before every case.
        model: What stands behind it.
        examples: The cases, shape (n,).
        max_tokens: Longest answer.
        concurrency: Cases answered at the same time.
        recall: Searches the version's memory, where it has one; a case never meets its own conversation.

    Raises:
        ProviderError: The model refuses every case: nothing is known of it, which is no evidence either way.
        BudgetSpent: The night's budget is used up before every case was answered.
    """
    room = asyncio.Semaphore(concurrency)
    options = {"temperature": 0, "max_tokens": max_tokens, **version.sampling}

    refusals: list[ProviderError] = []

    async def prompt(example: Example) -> Prompt:
        messages, talk = example.messages, example.conversation
        if version.memory is None:
            return write_prompt(version, messages)
        return await asyncio.to_thread(write_prompt, version, messages, recall, apart_from=talk)

    async def one(example: Example) -> str | None:
        async with room:
            try:
                shown = await prompt(example)
                request = ChatRequest(shown.put_before(example.messages), options=options)
                return (await model.complete(request, call_id=f"{version.id}-{example.id}")).answer
            except BudgetSpent:
                raise  # the cases that are left would say nothing of one of the two versions
            except ProviderError as error:
                if not error.retryable:
                    refusals.append(error)
                return None

    first = [await one(example) for example in examples[:1]]  # learns what the model refuses, for all others
    rest = await asyncio.gather(*(one(example) for example in examples[1:]))
    if refusals and len(refusals) == len(examples):
        raise refusals[0]
    return [*first, *rest]
