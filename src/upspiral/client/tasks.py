"""Which task is going on here, and what belongs to it?"""

import functools
import inspect
import time
from collections.abc import Callable
from contextvars import ContextVar, Token
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, cast
from uuid import uuid4

from msgspec import Struct

from upspiral.client.wire import Exchange, Happened, messages, strings, to_text
from upspiral.domain import Kind, Message, ToolCall

if TYPE_CHECKING:
    from upspiral.client.wire import Record


T = TypeVar("T")
P = ParamSpec("P")


class TaskScope(Struct, frozen=True, kw_only=True):
    """What everything recorded here and now shares."""

    trace: str | None = None
    conversation: str | None = None
    end_user: str | None = None
    agent: str | None = None
    task: "Task | None" = None


NO_SCOPE = TaskScope()
here: ContextVar[TaskScope] = ContextVar("upspiral_scope", default=NO_SCOPE)
last_id: ContextVar[str | None] = ContextVar("upspiral_last_id", default=None)


class ScopeBlock:
    """A ``with`` block in which everything recorded shares a Scope."""

    def __init__(self, scope: TaskScope) -> None:
        self._scope = scope
        self._token: Token[TaskScope] | None = None

    def __enter__(self) -> Self:
        self._token = here.set(self._scope)
        return self

    def __exit__(self, *_exit: object) -> None:
        if self._token is not None:
            here.reset(self._token)


class Task:
    """One task in a ``with`` block. It becomes one Interaction when the block ends."""

    def __init__(
        self,
        name: str,
        ident: str,
        given: Happened,
        *,
        record: "Callable[[Task, Happened], None]",
        judge: "Callable[[str, float, str | None], None]",
    ) -> None:
        outer = here.get()
        self.name, self.id = name, ident
        self.trace = given.get("trace") or outer.trace or uuid4().hex
        """Shared by everything inside, 32 hex digits unless you gave one."""
        self.conversation = given.get("conversation") or outer.conversation or self.trace
        self.end_user = given.get("end_user") or outer.end_user
        self.question: str | None = None
        """What was to be done; the first call's question unless you set it."""
        self.answer: str | None = None
        """What came of it; the last call's answer unless you set it."""
        self.metadata = strings(given.get("metadata", {}))
        self._given, self._record, self._judge = given, record, judge
        self._verdict: tuple[float, str | None] | None = None
        self._calls: list[ToolCall] = list(given.get("tool_calls", ()))
        self._seen: list[Record] = []
        self._inside = ScopeBlock(
            TaskScope(
                trace=self.trace,
                conversation=self.conversation,
                end_user=self.end_user,
                agent=given.get("agent") or outer.agent,
                task=self,
            )
        )

    def success(self, succeeded: bool = True, *, reason: str | None = None) -> None:
        """Say how it went; the last word counts. Sent as a verifier's Feedback when the block ends."""
        self._verdict = (1.0 if succeeded else 0.0, reason)

    def tool(self, name: str, arguments: object = None) -> "Tool":
        """Time one call of a tool in a ``with`` block; set ``.result`` inside it."""
        return Tool(name, arguments, self.add_call)

    def add_call(self, call: ToolCall) -> None:
        """Note a tool's call."""
        self._calls.append(call)

    def note(self, record: "Record") -> None:
        """Note what was recorded inside."""
        self._seen = [*self._seen[:1], record]

    def __enter__(self) -> Self:
        self._started = time.perf_counter()
        self._inside.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inside.__exit__(kind, error, trace)
        happened: Happened = {
            **self._given,
            "id": self.id,
            "kind": Kind.TASK,
            "trace": self.trace,
            "conversation": self.conversation,
            "end_user": self.end_user,
            "tool_calls": tuple(self._calls),
            "latency_ms": (time.perf_counter() - self._started) * 1e3,
            "error": error_text(error) or self._given.get("error"),
            "metadata": {"task": self.name, **self.metadata},
        }
        self._record(self, happened)
        if self._verdict is not None:
            self._judge(self.id, *self._verdict)

    def exchange(self) -> Exchange:
        """Give its messages, answer and model, from what was set or seen."""
        first, last = (self._seen[0], self._seen[-1]) if self._seen else (None, None)
        asked = first.messages if first else (Message("user", self.name),)
        if self.question is not None:
            asked = messages([{"role": "user", "content": self.question}])
        answer = self.answer if self.answer is not None else (last.answer if last else "")
        return Exchange(asked, answer, last.model if last else "")


class Tool:
    """One call of a tool in a ``with`` block."""

    def __init__(self, name: str, arguments: object, done: "Callable[[ToolCall], object]") -> None:
        self._name, self._arguments, self._done = name, to_text(arguments), done
        self.result: object = None
        self.error: str | None = None
        """What went wrong; an exception says it by itself."""

    def __enter__(self) -> Self:
        self._started = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done(
            ToolCall(
                name=self._name,
                arguments=self._arguments,
                result=None if self.result is None else to_text(self.result),
                error=error_text(error) or self.error,
                duration_ms=(time.perf_counter() - self._started) * 1e3,
            )
        )


def error_text(error: BaseException | None) -> str | None:
    """Tell an exception in one line, at most 500 characters.

    >>> error_text(ValueError("no such order")), error_text(None)
    ('ValueError: no such order', None)
    """
    return None if error is None else f"{type(error).__name__}: {error}"[:500].removesuffix(": ")


def wrap_calls(
    function: Callable[P, T],
    enter: Callable[[tuple[Any, ...], dict[str, Any]], Any],
    leave: Callable[[Any, object], None],
) -> Callable[P, T]:
    """Run every call of a function, sync or async, in a ``with`` block.

    Args:
        function: What is decorated.
        enter: Makes the block of one call from its arguments.
        leave: Tells the block what the call gave.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        with enter(args, kwargs) as block:
            result = function(*args, **kwargs)
            leave(block, result)
        return result

    @functools.wraps(function)
    async def call_async(*args: P.args, **kwargs: P.kwargs) -> Any:
        with enter(args, kwargs) as block:
            result = await cast(Any, function)(*args, **kwargs)
            leave(block, result)
        return result

    return cast(Callable[P, T], call_async) if inspect.iscoroutinefunction(function) else call
