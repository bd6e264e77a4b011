"""What must a provider keep to, and a model that it asks? Answers in OpenAI's shapes, or errors."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from upspiral.domain import Message
from upspiral.errors import ProviderError
from upspiral.providers import ChatModel, ChatRequest, Completion, OpenAICompatible
from upspiral.providers.address import parse
from upspiral.providers.base import Connection, Provider
from upspiral.providers.config import ProviderSettings
from upspiral.providers.reading import to_completion
from upspiral.providers.sse import EventReader
from upspiral.wire.openai_chat import ChatStream

ASKED = ChatRequest(messages=(Message("user", "Where is it?"),), max_tokens=50)


class ChatModelContract:
    """The battery for a model that answers."""

    @contextmanager
    def model(self) -> Iterator[ChatModel]:
        """Give a model that answers every question with some words."""
        raise NotImplementedError
        yield

    def test_it_answers_as_a_whole(self) -> None:
        """Ask once."""
        with self.model() as model:
            found = asyncio.run(model.complete(ASKED, call_id="call-1"))
        assert isinstance(found, Completion)
        assert found.answer
        assert model.name

    def test_it_answers_piece_by_piece_with_the_same_words(self) -> None:
        """Read a stream to its end."""

        async def collect(model: ChatModel) -> Completion:
            reader = EventReader(ChatStream)
            async for piece in model.stream(ASKED, call_id="call-2"):
                reader.feed(piece)
            reply = reader.reply()
            assert not reply.error
            return to_completion(reply, model=model.name)

        with self.model() as model:
            streamed = asyncio.run(collect(model))
            whole = asyncio.run(model.complete(ASKED))
        assert streamed.answer.split() == whole.answer.split()


class ProviderContract(ChatModelContract):
    """The battery for a provider; `make` is what was registered."""

    make: Any
    """Makes a Provider: a class, or a function within `staticmethod`."""

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Give where a model is that answers every question with some words."""
        yield Connection(name="contract", url=self.provider().default_url or "http://127.0.0.1:9/v1")

    def provider(self) -> Provider:
        """Make the provider."""
        made: Provider = type(self).make()
        return made

    @contextmanager
    def model(self) -> Iterator[ChatModel]:
        """Ask through what `connect` gives."""
        with self.connection() as connection:
            upstream = self.provider().connect(connection)
            yield OpenAICompatible(connection.name, connection.url, "model", upstream=upstream)

    def test_its_url_and_the_hosts_of_its_keys_can_be_used(self) -> None:
        """Read them as those of settings are read."""
        made = self.provider()
        if made.default_url is not None:
            assert parse(made.default_url).url == made.default_url.rstrip("/")
        assert ProviderSettings(keys=dict(made.key_hosts)).keys == dict(made.key_hosts)

    def test_it_answers_in_the_shape_of_the_path(self) -> None:
        """Send a body as the gateway does."""
        body = json.dumps({"model": "model", "messages": [{"role": "user", "content": "Where is it?"}]})
        with self.connection() as connection:
            endpoint = self.provider().connect(connection)
            said = json.loads(asyncio.run(endpoint.whole("/chat/completions", body.encode(), call_id="c")))
            assert isinstance(said["choices"][0]["message"]["content"], str)
            assert endpoint.url

    def test_an_error_says_who_was_asked(self) -> None:
        """Have it explain one."""
        with self.connection() as connection:
            explained = self.provider().connect(connection).explain(ProviderError("It is down."))
        assert isinstance(explained, ProviderError)
        assert connection.name in str(explained)
