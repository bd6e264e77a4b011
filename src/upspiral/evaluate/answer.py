"""Let a model answer the held-out cases; what their tools gave before answers its calls."""

import asyncio
from collections.abc import Sequence
from typing import Any

from upspiral.domain import AgentVersion, Example
from upspiral.domain.prompting import Recall, write_prompt
from upspiral.errors import BudgetSpent, ProviderError
from upspiral.evaluate.replay import Replay, start_replay, take
from upspiral.providers.base import ChatModel, ChatRequest
from upspiral.wire.translate.recorded import repeat_options


async def answers(
    version: AgentVersion,
    model: ChatModel,
    examples: Sequence[Example],
    *,
    max_tokens: int,
    concurrency: int,
    recall: Recall | None = None,
) -> list[Replay | None]:
    """Answer every case as the version would answer a user; None where no answer could be had.

    A case with tools is asked with them, and again with what they gave before, until the model answers or
    calls something that was never called.

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
    limits = {"temperature": 0, "max_tokens": max_tokens}

    refusals: list[ProviderError] = []

    async def one(example: Example) -> Replay | None:
        async with room:
            try:
                return await _replay(version, model, example, limits=limits, recall=recall)
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


async def _replay(
    version: AgentVersion,
    model: ChatModel,
    example: Example,
    *,
    limits: dict[str, Any],
    recall: Recall | None,
) -> Replay:
    replay = start_replay(example)
    # What a recorded answer is held against is drawn as that was: by the request's own settings, or none.
    drawn = example.recorded is not None
    asked = {
        **({} if drawn else limits),
        **version.sampling,
        **repeat_options(example.options, with_sampling=drawn),
    }
    call_id, talk = f"{version.id}-{example.id}", example.conversation
    if version.memory is None:
        shown = write_prompt(version, replay.messages)
    else:
        shown = await asyncio.to_thread(write_prompt, version, replay.messages, recall, apart_from=talk)
    while not replay.is_over:
        if replay.made and not replay.left and "tool_choice" in asked:
            asked = {**asked, "tool_choice": "auto"}  # what had to be called is; else no call is the last
        request = ChatRequest(shown.put_before(replay.messages), options=asked)
        replay = take(replay, await model.complete(request, call_id=call_id))
        call_id = f"{version.id}-{example.id}-{len(replay.made)}"
    return replay
