"""What must a model be able to do? Answer a request, whole or as a stream."""

from collections.abc import AsyncIterator
from typing import Any, Protocol

from msgspec import Struct

from upspiral.domain import Message, ToolCall, Usage
from upspiral.domain.message import Part


class ChatRequest(Struct, frozen=True):
    """What a model is asked, in the words of OpenAI's chat completions."""

    messages: tuple[Message, ...]
    max_tokens: int | None = None
    temperature: float | None = None
    options: dict[str, Any] = {}
    """Anything else of the body, passed through: tools, stop, seed, logprobs; ``messages`` too, where they
    hold more than text."""


class Completion(Struct, frozen=True):
    """What a model answered."""

    answer: str
    model: str
    """The name that the provider says answered."""
    usage: Usage = Usage()
    finish_reason: str = "stop"
    tool_calls: tuple[ToolCall, ...] = ()
    latency_ms: float = 0.0
    """From the first attempt to the whole answer."""
    id: str = ""
    """The provider's own id of the answer."""
    refused: bool = False
    """Does the provider say that `answer` is a refusal?"""
    thoughts: str = ""
    """What the model thought before it answered, where the provider sends it apart."""
    parts: tuple[Part, ...] = ()
    """The answer in parts, where it is more than text."""
    error: str | None = None
    """Why it is no whole answer, although one was sent; None for one that is."""


class ChatModel(Protocol):
    """Something that answers."""

    name: str
    """What error messages and records call it."""

    async def complete(self, request: ChatRequest, *, call_id: str | None = None) -> Completion:
        """Answer as a whole.

        Args:
            request: What is asked.
            call_id: The same for every repetition of this call, so that a provider charges for one only.

        Raises:
            ProviderError: No usable answer was to be had; its class says whether asking again may help.
        """
        ...

    def stream(self, request: ChatRequest, *, call_id: str | None = None) -> AsyncIterator[bytes]:
        """Answer as server-sent events, byte by byte as the upstream sends them.

        Raises:
            ProviderError: As for `complete`; after the first byte nothing is tried again.
        """
        ...
