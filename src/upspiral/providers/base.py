"""What must a model be able to do, and what its provider? Answer a request, whole or as a stream."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from msgspec import Struct

from upspiral.domain import Message, ToolCall, Usage
from upspiral.domain.message import Part
from upspiral.errors import ProviderError
from upspiral.providers.address import OPERATORS, Reach
from upspiral.providers.retry import Patience


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


class Connection(Struct, frozen=True, kw_only=True):
    """Where one model of a provider is to be asked, and how long."""

    name: str
    """What errors call it."""
    url: str
    """The base URL."""
    key: str | None = None
    """Sent to nobody but the host of the URL; never shown."""
    timeout_s: float = 60.0
    """Longest time of one attempt."""
    patience: Patience = Patience()
    """How often and how long it is asked again."""
    reach: Reach = OPERATORS
    """Which addresses the URL may lead to."""


class ProviderEndpoint(Protocol):
    """Something that takes the bodies of OpenAI's API and answers in them."""

    @property
    def url(self) -> str:
        """Where it is, for messages."""
        ...

    async def whole(
        self, path: str, body: bytes, *, call_id: str | None = None, more: Mapping[str, str] = ...
    ) -> bytes:
        """Answer a body as a whole.

        Args:
            path: Of the operation, such as ``/chat/completions``.
            body: JSON, as OpenAI documents it for the path.
            call_id: The same for every repetition of this call, so that a provider charges for one only.
            more: Further headers of the caller.

        Raises:
            ProviderError: No usable answer was to be had; its class says whether asking again may help.
        """
        ...

    def pieces(
        self, path: str, body: bytes, *, call_id: str | None = None, more: Mapping[str, str] = ...
    ) -> AsyncIterator[bytes]:
        """Answer a body as server-sent events; see `whole`."""
        ...

    def explain(self, error: ProviderError) -> ProviderError:
        """Say in an error who was asked and where."""
        ...


class Provider(Protocol):
    """Knows how the models of one provider are asked; people write ``NAME:MODEL`` with its name."""

    @property
    def default_url(self) -> str | None:
        """The base URL where the person gives none; None where one must be given."""
        ...

    @property
    def key_hosts(self) -> Mapping[str, tuple[str, ...]]:
        """The environment variables that hold its keys, each with the hosts that it may be sent to."""
        ...

    def connect(self, connection: Connection, /) -> ProviderEndpoint:
        """Describe how a model is reached; nothing is sent yet."""
        ...
