"""To which conversation does a request belong that does not say so?"""

import asyncio

from msgspec import structs

from upspiral.domain import FeedbackTarget
from upspiral.runtime import Runtime
from upspiral.serving.request import GatewayRequest


async def find_conversation(runtime: Runtime, asked: GatewayRequest) -> GatewayRequest:
    """Give a request the conversation of the answer that it goes on from; others stay as they are.

    OpenAI's responses name the answer before (`previous_response_id`), whose id is kept as the sender's own.
    """
    if asked.conversation or not asked.follows:
        return asked
    by, name = FeedbackTarget.CLIENT_ID, asked.follows
    found = await asyncio.to_thread(runtime.store.interactions.resolve, asked.workspace, by, [name])
    return structs.replace(asked, conversation=found[name].conversation) if name in found else asked
