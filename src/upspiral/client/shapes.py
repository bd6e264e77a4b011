"""What was asked and answered, in the words of each SDK? Read by shape; no SDK is imported."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from upspiral.client.wire import read
from upspiral.domain import Message, RequestOptions
from upspiral.wire import anthropic, openai_chat, openai_responses
from upspiral.wire.options import read_options
from upspiral.wire.plain import to_plain
from upspiral.wire.reply import Reply

Asked = Mapping[str, Any]
"""The keyword arguments of the call."""
SDK_ARGUMENTS = frozenset(("extra_headers", "extra_query", "extra_body", "timeout", "text_format"))
"""Arguments that say how to send, or hold a class."""


class _Gatherer(Protocol):
    def take(self, event: Mapping[str, Any]) -> None: ...

    def reply(self) -> Reply: ...


class Shape(Struct, frozen=True, kw_only=True):
    """How one method of an SDK is read."""

    api: str
    read_asked: Callable[[Asked], tuple[Message, ...]]
    read_whole: Callable[[Mapping[str, Any]], Reply]
    stream: Callable[[], _Gatherer]

    def question(self, asked: Asked) -> tuple[Message, ...]:
        """Read what the agent was shown."""
        return self.read_asked(_arguments(asked))

    def options(self, asked: Asked) -> RequestOptions | None:
        """Read the rest of the request."""
        return read_options(_arguments(asked), self.api)

    def answer(self, given: Any) -> Reply:
        """Read a whole answer."""
        plain = to_plain(given)
        return self.read_whole(plain if isinstance(plain, Mapping) else {})

    def chunks(self, given: Sequence[Any]) -> Reply:
        """Read a stream, so far as it came."""
        gathered = self.stream()
        for chunk in given:
            plain = to_plain(chunk)
            if isinstance(plain, Mapping):
                gathered.take(plain)
        return gathered.reply()


def _arguments(asked: Asked) -> Mapping[str, Any]:
    """Give the arguments as the JSON that is sent; what an SDK calls "not given" goes."""
    given = {name: value for name, value in asked.items() if name not in SDK_ARGUMENTS and _is_given(value)}
    plain: Mapping[str, Any] = to_plain(given)
    return plain


def _is_given(value: object) -> bool:
    return (
        value is not None and not isinstance(value, type) and type(value).__name__ not in ("NotGiven", "Omit")
    )


CHAT = Shape(
    api="chat",
    read_asked=openai_chat.read_messages,
    read_whole=openai_chat.read_reply,
    stream=openai_chat.ChatStream,
)
RESPONSES = Shape(
    api="responses",
    read_asked=openai_responses.read_messages,
    read_whole=openai_responses.read_reply,
    stream=openai_responses.ResponsesStream,
)
ANTHROPIC = Shape(
    api="messages",
    read_asked=anthropic.read_messages,
    read_whole=anthropic.read_reply,
    stream=anthropic.MessagesStream,
)
METHODS: Mapping[str, Shape] = {
    "chat.completions.create": CHAT,
    "chat.completions.parse": CHAT,
    "beta.chat.completions.parse": CHAT,
    "responses.create": RESPONSES,
    "responses.parse": RESPONSES,
    "messages.create": ANTHROPIC,
    "beta.messages.create": ANTHROPIC,
}
"""The methods that are recorded, by their path from the client."""


def is_recordable(client: object) -> bool:
    """Say whether a client has at least one of the methods that are recorded.

    >>> is_recordable(object())
    False
    """
    return any(callable(read(client, *path.split("."))) for path in METHODS)
