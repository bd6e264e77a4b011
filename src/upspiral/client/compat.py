"""How do the calls that other systems had map onto Interactions and Feedback?"""

import functools
import inspect
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, ParamSpec, TypeVar, Unpack, cast

from upspiral.client import wire
from upspiral.client.calls import Calls
from upspiral.client.tasks import last_id
from upspiral.client.wire import About, Happened, RecommendationRecord
from upspiral.domain import Kind, ToolCall
from upspiral.errors import InvalidInput

P = ParamSpec("P")
T = TypeVar("T")
VERDICTS = ("approved", "rejected", "partial", "pending")


class CompatCalls(Calls):
    """Ready-made calls for tasks, tools, runs of several models, and recommendations."""

    def track_task(
        self,
        agent: str,
        task: str,
        success: bool | None = None,
        *,
        reason: str | None = None,
        **about: Unpack[About],
    ) -> str:
        """Record that an agent did a task, and whether it succeeded; give the Interaction's id.

        Args:
            agent: Who did it.
            task: What was to be done.
            success: None where it is not known yet; say it later by `feedback`.
            reason: Why, in a few words.
            **about: See `upspiral.client.wire.About`.
        """
        labels = {"task": task, **about.get("metadata", {})}
        given: Happened = {**about, "agent": agent, "kind": Kind.TASK, "metadata": labels}
        ident = self.record([{"role": "user", "content": task}], "", **given)
        if success is not None:
            self._judge(ident, float(success), reason)
        return ident

    def track_tool(
        self,
        agent: str,
        tool: str,
        success: bool,
        *,
        duration_ms: float | None = None,
        arguments: object = None,
        result: object = None,
        error: str | None = None,
    ) -> str:
        """Record one call of a tool; inside a task it becomes part of it. Give the Interaction's id.

        Args:
            agent: Who called it.
            tool: Its name.
            success: Did it work?
            duration_ms: How long it took.
            arguments: What it was given: text, or anything that JSON can say.
            result: What it gave.
            error: What went wrong, where it did not work.
        """
        call = ToolCall(
            name=tool,
            arguments=wire.to_text(arguments),
            result=None if result is None else wire.to_text(result),
            error=None if success else error or "failed",
            duration_ms=duration_ms,
        )
        return self._note_call(call, agent)

    def log_run(
        self,
        models_used: Sequence[str] | str,
        success: bool | float | None = None,
        *,
        domain: str | None = None,
        question: str = "",
        answer: str = "",
        success_flag: bool | float | None = None,
        **happened: Unpack[Happened],
    ) -> str:
        """Record one answer that one or several models gave together; give the Interaction's id.

        Args:
            models_used: Their names, or the name of one. All of them are credited with the outcome.
            success: By a fact check or a quality score, 0 to 1; None where nobody checked.
            domain: What it was about, such as ``medical``.
            question: What was asked.
            answer: What they said.
            success_flag: Another name of `success`.
            **happened: ``latency_ms``, ``agent`` and more; see `upspiral.client.wire.Happened`. Without an
                agent, the first model is it.

        Raises:
            InvalidInput: No model, or a value out of its range; nothing was recorded.
        """
        models = _model_names(models_used)
        score = success if success is not None else success_flag
        wire.check_range("success", None if score is None else float(score), 0, 1)
        wire.check_range("latency_ms", happened.get("latency_ms"), 0, wire.MAX_LATENCY_MS)
        names = ",".join(models)
        labels = {"models": names, "domain": domain, **happened.get("metadata", {})}
        if len(models) > 1:
            labels.setdefault("agreed", names)
        given: Happened = {**happened, "metadata": labels}
        asked = [{"role": "user", "content": question or domain or "run"}]
        ident = self.record(asked, answer, model=models[0], **given)
        if score is not None:
            self._judge(ident, float(score))
        return ident

    def track_recommendation(
        self, agent_id: str, type: str, content: Any, **more: Unpack[RecommendationRecord]
    ) -> str:
        """Record a recommendation of an agent; give its id.

        Args:
            agent_id: Who gave it.
            type: strategy, content, channel, budget, timing, or a word of your own.
            content: What it says: text, or anything that JSON can say.
            **more: See `upspiral.client.wire.RecommendationRecord`.
        """
        wire.check_keywords(more, RecommendationRecord.__annotations__)
        wire.check_range("confidence", more.get("confidence"), 0, 1)
        ident = self.new_id()
        now = datetime.now(UTC)
        body = {"id": ident, "at": now, "agent_id": agent_id, "type": type, "content": content, **more}
        self._sender.put(wire.call("recommendations", body))
        last_id.set(ident)
        return ident

    def evaluate_outcome(
        self,
        recommendation_id: str,
        status: Literal["approved", "rejected", "partial", "pending"] | None = None,
        *,
        quality: float | None = None,
        dimensions: Mapping[str, float] | None = None,
        comments: str | None = None,
        rank: int | None = None,
        alternatives: Sequence[str] | None = None,
        impacts: Mapping[str, float | None] | None = None,
    ) -> str:
        """Say what came of a recommendation; give the evaluation's id.

        Args:
            recommendation_id: As `track_recommendation` gave it.
            status: What was decided; without it the quality decides.
            quality: Overall, 0 to 100.
            dimensions: By name, 0 to 100 each, such as ``{"accuracy": 90}``.
            comments: The evaluator's words.
            rank: Its place among the alternatives, 1 is the best.
            alternatives: Ids or names of those it was compared with.
            impacts: ``accuracy_impact`` and ``consistency_impact``, -1 to 1 each.
        """
        if status is None and quality is None and not comments:
            raise InvalidInput("The evaluation says nothing.", hint="Give status or quality.")
        if status is not None and status not in VERDICTS:
            raise InvalidInput(f"status is {status!r}.", hint=f"Give one of {', '.join(VERDICTS)}.")
        for name, value in {"quality": quality, **(dimensions or {})}.items():
            wire.check_range(name, value, 0, 100)
        for name, value in (impacts or {}).items():
            wire.check_range(name, value, -1, 1)
        ident = self.new_id("fb")
        body = {
            **(impacts or {}),
            "id": ident,
            "at": datetime.now(UTC),
            "recommendation_id": str(recommendation_id),
            "status": status,
            "quality": quality,
            "dimensions": dimensions,
            "comments": comments,
            "rank": rank,
            "alternatives": alternatives,
        }
        self._sender.put(wire.call("outcomes", body))
        return ident

    def evaluate_workflow(
        self,
        workflow_id: str,
        recommendations: Sequence[str] = (),
        *,
        quality: float,
        feedback: str | None = None,
    ) -> str:
        """Say how a whole workflow turned out; give the evaluation's id.

        Args:
            workflow_id: As its recommendations named it.
            recommendations: Their ids; none means all that named the workflow.
            quality: 0 to 100.
            feedback: In words.
        """
        wire.check_range("quality", quality, 0, 100)
        ident = self.new_id("fb")
        body = {
            "id": ident,
            "at": datetime.now(UTC),
            "workflow_id": workflow_id,
            "recommendations": [str(one) for one in recommendations],
            "overall_quality_score": quality,
            "feedback": feedback,
        }
        self._sender.put(wire.call("workflows", body))
        return ident


def _model_names(given: Sequence[str] | str) -> tuple[str, ...]:
    """Read the names of models, each once.

    Raises:
        InvalidInput: There is none, or one is no name.

    >>> _model_names("gpt-4o"), _model_names(["a", "b", "a"])
    (('gpt-4o',), ('a', 'b'))
    """
    names = (given,) if isinstance(given, str) else tuple(given)
    for name in names:
        if not isinstance(name, str) or not name.strip() or "," in name:
            raise InvalidInput(f"models_used holds {name!r}.", hint="Give the models' names, without commas.")
    if not names:
        raise InvalidInput("models_used is empty.", hint="Give the name of at least one model.")
    return tuple(dict.fromkeys(name.strip() for name in names))


def accepts_workspace(method: Callable[P, T]) -> Callable[P, T]:
    """Let a method be called with a workspace, by name or as its first argument; it is not sent.

    The workspace of a call is that of the client's key: a server has no other way to believe it.

    >>> class Calls:
    ...     @accepts_workspace
    ...     def stats(self, agent_id: str) -> str:
    ...         return agent_id
    >>> Calls().stats("a"), Calls().stats(workspace_id="ws", agent_id="a"), Calls().stats("ws", "a")
    ('a', 'a', 'a')
    """
    signature = inspect.signature(method)

    @functools.wraps(method)
    def call(self: Any, *args: Any, **given: Any) -> Any:
        given.pop("workspace_id", None)
        if not _binds(signature, self, args, given) and _binds(signature, self, args[1:], given):
            args = args[1:]
        return cast(Any, method)(self, *args, **given)

    return cast("Callable[P, T]", call)


def _binds(signature: inspect.Signature, owner: object, args: tuple[Any, ...], given: dict[str, Any]) -> bool:
    try:
        signature.bind(owner, *args, **given)
    except TypeError:
        return False
    return True


class AwaitableId(str):
    """An id that is there at once, and may be awaited by code that expects to wait for it."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, str]:
        """Give the id as plain text."""
        return str(self)
        yield  # makes this a generator, which ends at once
