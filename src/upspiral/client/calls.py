"""What can an application say? Every call of both clients; none of them waits for the server."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from random import SystemRandom
from typing import Any, ParamSpec, TypeVar, Unpack, cast

from upspiral.client import wire
from upspiral.client.delivery import log
from upspiral.client.sender import Sender
from upspiral.client.shapes import METHODS, is_recordable
from upspiral.client.tasks import ScopeBlock, Task, TaskScope, Tool, here, last_id, wrap_calls
from upspiral.client.wire import Exchange, Happened, Record, Said
from upspiral.client.wrap import FinishedCall, Proxy
from upspiral.domain import Kind, Message, Source, ToolCall
from upspiral.domain.ids import mint
from upspiral.domain.interaction import UNFINISHED_REASONS
from upspiral.errors import InvalidInput

T = TypeVar("T")
P = ParamSpec("P")
_rng = SystemRandom()
"""The system's own randomness: two forks never mint the same id."""


class Calls:
    """Everything that can be told, built on a Sender."""

    def __init__(self, sender: Sender, agent: str | None) -> None:
        self._sender, self._agent = sender, agent

    @property
    def last_id(self) -> str | None:
        """The id of what was recorded last in this thread or asyncio task."""
        return last_id.get()

    @property
    def pending(self) -> int:
        """How many records wait in memory for the server's acknowledgement."""
        return self._sender.outbox.pending

    @property
    def dropped(self) -> int:
        """How many records were lost, for want of room or because the server refused them."""
        return self._sender.outbox.dropped

    @property
    def spooled(self) -> int:
        """How many records wait in the spool file."""
        return self._sender.spooled

    def new_id(self, prefix: str = "int") -> str:
        """Mint an id: of an Interaction unless said otherwise."""
        return mint(prefix, now=datetime.now(UTC), rng=_rng)

    def record(
        self,
        messages: Iterable[Mapping[str, Any] | Message],
        answer: str,
        *,
        model: str = "",
        **happened: Unpack[Happened],
    ) -> str:
        """Record one request that was answered; give its id.

        Args:
            messages: Everything the agent was shown, as the SDKs write messages.
            answer: What it said.
            model: Who said it.
            **happened: See `upspiral.client.wire.Happened`.
        """
        wire.check_keywords(happened, Happened.__annotations__)
        return self._record(Exchange(wire.messages(messages), answer, model), happened, here.get())

    def feedback(self, interaction_id: str | None = None, **said: Unpack[Said]) -> str:
        """Say what somebody thought of an Interaction, now or days later; give the feedback's id.

        Args:
            interaction_id: What it is about; without any target, `last_id`.
            **said: Another target, and the opinion; see `upspiral.client.wire.Said`.

        Raises:
            InvalidInput: Several targets, no opinion, or a value out of its range.
        """
        wire.check_keywords(said, Said.__annotations__)
        ident = self.new_id("fb")
        if interaction_id is None and not any(said.get(name) for name in wire.TARGETS):
            interaction_id = last_id.get()
        target = None if interaction_id is None else str(interaction_id)
        self._sender.put(wire.feedback(ident, target, said))
        return ident

    def wrap(self, client: T, *, agent: str | None = None) -> T:
        """Give a client of OpenAI's or Anthropic's SDK, sync or async, whose calls are recorded.

        Args:
            client: Anything shaped like one; it is left as it is.
            agent: Who answers through it; else the task's or this client's agent, else the model.

        Raises:
            InvalidInput: It has none of the methods that are recorded.
        """
        if not is_recordable(client):
            raise InvalidInput(
                f"{type(client).__name__} has no method that can be recorded.",
                hint=f"Give a client of an SDK with one of: {', '.join(METHODS)}.",
            )
        return cast(T, Proxy(client, _SdkRecorder(self, agent)))

    def task(self, name: str, **given: Unpack[Happened]) -> Task:
        """Begin a task in a ``with`` block; everything inside shares its trace and conversation."""
        wire.check_keywords(given, Happened.__annotations__)
        ident = given.get("id") or self.new_id()
        return Task(name, ident, given, record=self._record_task, judge=self._judge)

    def conversation(self, ident: str, *, end_user: str | None = None) -> ScopeBlock:
        """Let everything recorded in a ``with`` block belong to one conversation."""
        outer = here.get()
        scope = TaskScope(
            trace=outer.trace,
            conversation=ident,
            end_user=end_user or outer.end_user,
            agent=outer.agent,
            task=outer.task,
        )
        return ScopeBlock(scope)

    def track(self, name: str, **given: Unpack[Happened]) -> Callable[[Callable[P, T]], Callable[P, T]]:
        """Decorate a function, sync or async, whose every call is a task.

        Its first argument that is text is the question, text that it returns the answer.
        """

        def decorate(function: Callable[P, T]) -> Callable[P, T]:
            def enter(values: Iterable[object]) -> Task:
                task = self.task(name, **given)
                task.question = next((value for value in values if isinstance(value, str)), None)
                return task

            def leave(task: Task, result: object) -> None:
                if isinstance(result, str):
                    task.answer = result

            return wrap_calls(function, lambda args, kwargs: enter((*args, *kwargs.values())), leave)

        return decorate

    def tool(self, function: Callable[P, T]) -> Callable[P, T]:
        """Decorate a tool, sync or async: its calls are noted in the task they happen in."""
        signature = inspect.signature(function)

        def enter(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tool:
            try:
                arguments: object = dict(signature.bind(*args, **kwargs).arguments)
            except TypeError:  # the call itself will say so
                arguments = kwargs
            return Tool(function.__name__, arguments, self._note_call)

        def leave(tool: Tool, result: object) -> None:
            tool.result = result

        return wrap_calls(function, enter, leave)

    def _note_call(self, call: ToolCall, agent: str | None = None) -> str:
        task = here.get().task
        if task is not None:
            task.add_call(call)
            return task.id
        asked = (Message("user", f"{call.name} {call.arguments}".strip()),)
        happened: Happened = {
            "kind": Kind.TASK,
            "tool_calls": (call,),
            "latency_ms": call.duration_ms or 0.0,
            "trainable": False,
            "metadata": {"tool": call.name},
        }
        if agent:
            happened["agent"] = agent
        return self._record(Exchange(asked, call.result or ""), happened, here.get())

    def _record_task(self, task: Task, happened: Happened) -> None:
        self._record(task.exchange(), happened, here.get())

    def _judge(self, interaction: str, score: float, reason: str | None = None) -> None:
        said: Said = {
            "score": score, "comment": reason, "source": Source.VERIFIER, "rater": "application"
        }  # fmt: skip
        self.feedback(interaction, **said)

    def _record(self, exchange: Exchange, happened: Happened, scope: TaskScope) -> str:
        ident = happened.get("id") or self.new_id()
        try:
            record = _merge(exchange, {**happened, "id": ident}, scope, self._agent)
            self._sender.put(wire.interaction(record))
        except Exception as error:
            self._count_lost(error)
        else:
            if scope.task is not None:
                scope.task.note(record)
        last_id.set(ident)
        return ident

    def _count_lost(self, error: Exception) -> None:
        self._sender.outbox.drop()
        log.warning("something could not be recorded, and is dropped: %s: %s", type(error).__name__, error)


class _SdkRecorder:
    """Hears the calls of a wrapped client."""

    def __init__(self, calls: Calls, agent: str | None) -> None:
        self._calls, self._agent = calls, agent

    def new_id(self) -> str:
        """Give a call its id."""
        return self._calls.new_id()

    def take(self, heard: FinishedCall) -> None:
        """Record a call that is over; whatever is odd about it stays our problem."""
        try:
            self._record(heard)
        except Exception as error:
            self._calls._count_lost(error)

    def _record(self, heard: FinishedCall) -> None:
        answered, asked = heard.answered, heard.asked
        asked_model = asked.get("model")
        model = answered.model or (asked_model if isinstance(asked_model, str) else "")
        happened: Happened = {
            "id": heard.id,
            "tool_calls": answered.tool_calls,
            "usage": answered.usage,
            "latency_ms": heard.latency_ms,
            "error": heard.error or (None if heard.abandoned else answered.error),
        }
        if self._agent:
            happened["agent"] = self._agent
        user = asked.get("user") or wire.read(asked, "metadata", "user_id")
        if isinstance(user, str) and not heard.scope.end_user:
            happened["end_user"] = user
        if heard.abandoned:
            happened.update({"trainable": False, "metadata": {"ended": "abandoned by the reader"}})
        elif answered.finish_reason in UNFINISHED_REASONS:
            happened["metadata"] = {"finish_reason": answered.finish_reason}
        exchange = Exchange(
            heard.shape.question(asked),
            answered.text,
            model,
            options=heard.shape.options(asked),
            answer_parts=answered.kept_parts,
        )
        self._calls._record(exchange, happened, heard.scope)


def _merge(exchange: Exchange, happened: Happened, scope: TaskScope, agent: str | None) -> Record:
    given: dict[str, Any] = {
        "trace": scope.trace,
        "conversation": scope.conversation,
        "end_user": scope.end_user,
        **happened,
    }
    given["agent"] = happened.get("agent") or scope.agent or agent or exchange.model or "default"
    given["tool_calls"] = tuple(happened.get("tool_calls", ()))
    given["metadata"] = wire.strings(happened.get("metadata", {}))
    return Record(
        at=datetime.now(UTC),
        messages=exchange.asked,
        options=exchange.options,
        answer=exchange.answer,
        answer_parts=exchange.answer_parts,
        model=exchange.model,
        **given,
    )
