"""How does the client of somebody's SDK come to be recorded, without its user noticing?"""

import contextlib
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Protocol

from msgspec import Struct

from upspiral.client.shapes import METHODS, Asked, Shape
from upspiral.client.tasks import TaskScope, error_text, here, last_id
from upspiral.client.wire import read
from upspiral.wire.reply import Reply

COPIES = ("with_options", "copy")
ATTRIBUTE = "upspiral_interaction_id"


class FinishedCall(Struct, frozen=True, kw_only=True):
    """One call that is over."""

    id: str
    scope: TaskScope
    shape: Shape
    asked: Asked
    answered: Reply
    latency_ms: float
    error: str | None = None
    abandoned: bool = False
    """Did the reader go before the stream had ended?"""


class Listener(Protocol):
    """Whoever wants to know of calls; must not raise."""

    def new_id(self) -> str:
        """Give a call its id before it begins."""

    def take(self, heard: FinishedCall) -> None:
        """Take note of a call that is over."""


class Proxy:
    """Stands before an SDK's client, or a part of it, and looks like it."""

    def __init__(self, inner: Any, listener: Listener, path: str = "") -> None:
        self.__dict__.update(_inner=inner, _listener=listener, _path=path)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        path = f"{self._path}.{name}" if self._path else name
        if path in METHODS:
            return _record(value, METHODS[path], self._listener)
        if any(method.startswith(path + ".") for method in METHODS):
            return Proxy(value, self._listener, path)
        if not self._path and name in COPIES:
            return lambda *args, **options: Proxy(value(*args, **options), self._listener)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._inner, name, value)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self._inner)

    def __repr__(self) -> str:
        return f"<recorded {self._inner!r}>"

    def __enter__(self) -> Any:
        self._inner.__enter__()
        return self

    def __exit__(self, *exit_: Any) -> Any:
        return self._inner.__exit__(*exit_)

    async def __aenter__(self) -> Any:
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, *exit_: Any) -> Any:
        return await self._inner.__aexit__(*exit_)


class OngoingCall:
    """One call on its way: told to the listener once, when it is over."""

    def __init__(self, listener: Listener, shape: Shape, asked: Asked) -> None:
        messages = asked.get("messages")
        # The list often grows before a stream has ended.
        self._asked = {**asked, "messages": list(messages)} if isinstance(messages, list) else asked
        self._listener, self._shape = listener, shape
        self._scope, self._over = here.get(), False
        self.id = listener.new_id()
        self._started = time.perf_counter()

    def end(
        self,
        read_answer: Callable[[], Reply] = Reply,
        *,
        error: BaseException | None = None,
        abandoned: bool = False,
    ) -> None:
        """Tell the listener, whatever happens; never raise."""
        if self._over:
            return
        self._over = True
        latency_ms = (time.perf_counter() - self._started) * 1e3
        problem = error_text(error)
        try:
            answered = read_answer()
        except Exception as unread:
            answered, problem = Reply(), problem or f"the answer could not be read: {error_text(unread)}"
        if answered.id.startswith("int_"):  # our own gateway answered, and recorded it itself
            last_id.set(answered.id)
            return
        last_id.set(self.id)
        self._listener.take(
            FinishedCall(
                id=self.id,
                scope=self._scope,
                shape=self._shape,
                asked=self._asked,
                answered=answered,
                latency_ms=latency_ms,
                error=problem,
                abandoned=abandoned,
            )
        )

    def answer(self, result: Any) -> Any:
        """Take the result: an answer, or a stream that has yet to be read."""
        if hasattr(result, "__anext__"):
            last_id.set(self.id)
            return AsyncStreamed(result, self, self._shape)
        if hasattr(result, "__next__"):
            last_id.set(self.id)
            return Streamed(result, self, self._shape)
        self.end(lambda: self._shape.answer(result))
        with contextlib.suppress(Exception):
            object.__setattr__(result, ATTRIBUTE, last_id.get())
        return result


def _record(method: Callable[..., Any], shape: Shape, listener: Listener) -> Callable[..., Any]:
    def call(*args: Any, **asked: Any) -> Any:
        going = OngoingCall(listener, shape, asked)
        try:
            result = method(*args, **asked)
        except BaseException as error:
            going.end(error=error)
            raise
        return _await(result, going) if inspect.isawaitable(result) else going.answer(result)

    return call


async def _await(result: Awaitable[Any], going: OngoingCall) -> Any:
    try:
        answer = await result
    except BaseException as error:
        going.end(error=error)
        raise
    return going.answer(answer)


class _Stream:
    """What both kinds of streams share."""

    def __init__(self, inner: Any, call: OngoingCall, shape: Shape) -> None:
        self._inner, self._call, self._shape = inner, call, shape
        self._chunks: list[Any] = []
        self.upspiral_interaction_id = call.id

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self._inner)

    def _end(self, error: BaseException | None = None, *, abandoned: bool = False) -> None:
        self._call.end(lambda: self._shape.chunks(self._chunks), error=error, abandoned=abandoned)

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self._end(abandoned=True)


class Streamed(_Stream):
    """A stream of chunks, passed on as they come and recorded at their end."""

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            chunk = next(self._inner)
        except StopIteration:
            self._end()
            raise
        except BaseException as error:
            self._end(error)
            raise
        self._chunks.append(chunk)
        return chunk

    def __enter__(self) -> Any:
        self._inner.__enter__()
        return self

    def __exit__(self, *exit_: Any) -> Any:
        self._end(read(exit_, 1), abandoned=True)
        return self._inner.__exit__(*exit_)

    def close(self) -> None:
        """Stop reading."""
        self._end(abandoned=True)
        self._inner.close()


class AsyncStreamed(_Stream):
    """The same for ``async for``."""

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        try:
            chunk = await anext(self._inner)
        except StopAsyncIteration:
            self._end()
            raise
        except BaseException as error:
            self._end(error)
            raise
        self._chunks.append(chunk)
        return chunk

    async def __aenter__(self) -> Any:
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, *exit_: Any) -> Any:
        self._end(read(exit_, 1), abandoned=True)
        return await self._inner.__aexit__(*exit_)

    async def close(self) -> None:
        """Stop reading."""
        self._end(abandoned=True)
        await self._inner.close()
