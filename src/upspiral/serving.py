"""THE DAY: one request. Choose who answers, let them, write it down."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from upspiral import capture, route
from upspiral.deploy import pick_arm
from upspiral.domain import (
    AgentVersion,
    Arm,
    Choice,
    Drawn,
    Host,
    Interaction,
    Message,
    ModelVersion,
    Usage,
)
from upspiral.domain.ids import InteractionId, WorkspaceId
from upspiral.errors import InvalidInput, ProviderError, UpspiralError
from upspiral.providers.base import Completion
from upspiral.providers.dialects import CHAT, Dialect
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.providers.sse import without_usage
from upspiral.route.follow import domain_of
from upspiral.runtime import Runtime, Served

HUNG_UP = "The caller hung up before the answer was complete."


class Asked(Struct, frozen=True, kw_only=True):
    """A request as the gateway understood it."""

    workspace: WorkspaceId
    dialect: Dialect
    model: str
    messages: tuple[Message, ...]
    body: dict[str, Any]
    """As it came."""
    headers: Mapping[str, str] = {}
    """Those that are passed on."""
    conversation: str | None = None
    end_user: str | None = None
    client_id: str | None = None
    trace: str | None = None
    metadata: dict[str, str] = {}


class Routed(Struct, frozen=True):
    """A request that knows who answers it."""

    asked: Asked
    served: Served
    arm: Arm | None
    interaction: InteractionId
    conversation: str
    choice: Choice
    policy: str | None = None
    """Which policy drew the agent; None where the caller named it."""

    @property
    def version(self) -> AgentVersion:
        """The AgentVersion that answers."""
        return self.served.candidate if self.arm == Arm.CANARY and self.served.candidate else self.served.live

    @property
    def model(self) -> ModelVersion:
        """The ModelVersion behind it."""
        candidate = self.served.candidate_model
        return candidate if self.arm == Arm.CANARY and candidate else self.served.live_model


async def choose(runtime: Runtime, asked: Asked) -> Routed:
    """Choose the agent and the version that answer a request.

    Raises:
        NotFound: There is no agent of that name, or none that may be chosen.
    """
    agents = runtime.snapshot(asked.workspace).agents
    interaction = InteractionId(runtime.mint("int"))
    conversation = asked.conversation or str(interaction)
    policy = None
    if asked.model == route.AUTO and route.AUTO not in agents:
        router = await _router(runtime, asked.workspace)
        choice, policy = router.choose(conversation, domain_of(asked.metadata)), router.policy.name
    else:
        choice = route.choose(agents.keys(), asked.model)
    served = agents[choice.agent]
    arm = pick_arm(served.deployment, conversation)
    return Routed(asked, served, arm, interaction, conversation, choice, policy)


async def answer(runtime: Runtime, routed: Routed, gone: asyncio.Future[Any]) -> bytes:
    """Let the chosen one answer, write it down, and give the answer as it came.

    Args:
        runtime: The parts.
        routed: Who answers.
        gone: Done once the caller has hung up; the answer is written down as unread then.

    Raises:
        ProviderError: The model did not answer; this too is written down.
    """
    asked, started = routed.asked, time.perf_counter()
    try:
        model = await _model(runtime, routed)
        said = await model.upstream.whole(
            asked.dialect.path, _body(routed, model.model), call_id=routed.interaction, more=asked.headers
        )
        completion = _read(asked.dialect, said, model)
    except UpspiralError as error:
        await record(runtime, routed, None, started=started, error=str(error))
        raise
    await record(runtime, routed, completion, started=started, error=HUNG_UP if gone.done() else None)
    return said


async def stream(runtime: Runtime, routed: Routed) -> AsyncGenerator[bytes]:
    """The same, passing each piece on as it comes; written down before the stream ends.

    A caller who hangs up early is written down as that.
    """
    asked, started = routed.asked, time.perf_counter()
    assert asked.dialect.reader is not None  # noqa: S101 - the door asks for no stream of others
    heard, error = asked.dialect.reader(), HUNG_UP
    try:
        model = await _model(runtime, routed)
        pieces = model.upstream.pieces(
            asked.dialect.path,
            _body(routed, model.model, stream=True),
            call_id=routed.interaction,
            more=asked.headers,
        )
        quiet = asked.dialect is CHAT and "stream_options" not in asked.body
        async for piece in without_usage(pieces, heard) if quiet else pieces:
            if not quiet:
                heard.feed(piece)
            yield piece
        error = heard.error or ""
    except UpspiralError as failure:
        error = str(failure)
        raise
    finally:
        completion = heard.completion(routed.model.name)
        await asyncio.shield(record(runtime, routed, completion, started=started, error=error or None))


async def record(
    runtime: Runtime,
    routed: Routed,
    completion: Completion | None,
    *,
    started: float,
    error: str | None = None,
) -> None:
    """Write an answered (or failed) request down; returns when it is on the disk."""
    asked, deployment = routed.asked, routed.served.deployment
    said = completion or Completion(answer="", model="")
    interaction = Interaction(
        id=routed.interaction,
        workspace=asked.workspace,
        agent=routed.served.agent.id,
        at=runtime.now(),
        messages=asked.messages,
        answer=said.answer,
        model=routed.model.name,
        version=routed.version.id,
        deployment=deployment.id if deployment else None,
        arm=routed.arm,
        conversation=routed.conversation,
        trace=asked.trace,
        end_user=asked.end_user,
        client_id=asked.client_id or said.id or None,
        tool_calls=said.tool_calls,
        usage=said.usage if completion else Usage(),
        latency_ms=1000 * (time.perf_counter() - started),
        error=error,
        metadata=asked.metadata,
    )
    kept = runtime.admission(asked.workspace).interaction(interaction)
    drawn = _drawn(routed, kept) if routed.policy else None

    def write() -> None:
        capture.record(runtime.store, kept, fresh=True)
        if drawn:
            runtime.store.choices.add(drawn)

    await runtime.write(write)


def _drawn(routed: Routed, kept: Interaction) -> Drawn:
    return Drawn(
        id=kept.id,
        workspace=kept.workspace,
        at=kept.at,
        conversation=kept.conversation,
        domain=domain_of(kept.metadata),
        policy=routed.policy or "",
        agent=kept.agent,
        probability=routed.choice.probability,
        reason=routed.choice.reason,
    )


async def _router(runtime: Runtime, workspace: WorkspaceId) -> route.Router:
    if runtime.has_router(workspace):
        return runtime.router(workspace)
    return await asyncio.to_thread(runtime.router, workspace)


def _body(routed: Routed, model: str, *, stream: bool = False) -> bytes:
    """Write the request as the model gets it: instructions, guidelines and examples first."""
    asked = routed.asked
    body = asked.dialect.prompted(asked.body, routed.version)
    body["model"] = model
    if stream and asked.dialect is CHAT:
        body.setdefault("stream_options", {"include_usage": True})
    return msgspec.json.encode(body)


def _read(dialect: Dialect, said: bytes, model: OpenAICompatible) -> Completion:
    try:
        return dialect.completion(said, model.model)
    except ProviderError as error:
        raise model.upstream.explained(error) from error


async def _model(runtime: Runtime, routed: Routed) -> OpenAICompatible:
    version, dialect = routed.model, routed.asked.dialect
    if version.host == Host.LOCAL and dialect is not CHAT:
        raise InvalidInput(
            f"Agent {routed.asked.model!r} runs on the local host, which does not speak {dialect.name!r}.",
            hint="Ask it by chat completions, or give the agent a model at another host.",
        )
    if runtime.hosts.is_ready(version):
        return runtime.model(version)
    return await asyncio.to_thread(runtime.model, version)
