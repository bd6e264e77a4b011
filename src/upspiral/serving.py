"""THE DAY: one request. Choose who answers, let them, write it down."""

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

from upspiral import capture, route
from upspiral.deploy import pick_arm
from upspiral.domain import AgentVersion, Arm, Interaction, Message, ModelVersion, Usage
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId, WorkspaceId
from upspiral.errors import UpspiralError
from upspiral.providers.base import ChatRequest, Completion
from upspiral.providers.sse import StreamReader
from upspiral.runtime import Runtime, Served


@dataclass(frozen=True)
class Asked:
    """A request as the gateway understood it."""

    model: str
    messages: tuple[Message, ...]
    options: dict[str, Any]
    """The rest of the body: max_tokens, temperature, tools and so on."""
    raw: tuple[dict[str, Any], ...] = ()
    """The messages as they came, where they hold more than text."""
    conversation: str | None = None
    end_user: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    workspace: WorkspaceId = DEFAULT_WORKSPACE


@dataclass(frozen=True)
class Routed:
    """A request that knows who answers it."""

    asked: Asked
    served: Served
    arm: Arm | None
    interaction: InteractionId
    conversation: str

    @property
    def version(self) -> AgentVersion:
        """The AgentVersion that answers."""
        return self.served.candidate if self.arm == Arm.CANARY and self.served.candidate else self.served.live

    @property
    def model(self) -> ModelVersion:
        """The ModelVersion behind it."""
        candidate = self.served.candidate_model
        return candidate if self.arm == Arm.CANARY and candidate else self.served.live_model


async def answer(runtime: Runtime, asked: Asked) -> tuple[Completion, Routed]:
    """One request: choose who answers, let them, write it down.

    Raises:
        NotFound: There is no agent of that name.
        ProviderError: The model did not answer; this too is written down.
    """
    routed = choose(runtime, asked)
    started = time.perf_counter()
    try:
        model = await _model(runtime, routed.model)
        completion = await model.complete(request(routed), call_id=routed.interaction)
    except UpspiralError as error:
        await record(runtime, routed, None, started=started, error=str(error))
        raise
    await record(runtime, routed, completion, started=started)
    return completion, routed


async def stream(runtime: Runtime, routed: Routed) -> AsyncGenerator[bytes]:
    """The same, passing each piece on as it comes; written down before the last piece leaves.

    A caller who hangs up early is written down as that.
    """
    started = time.perf_counter()
    heard = StreamReader()
    error: str | None = "The caller hung up before the answer was complete."
    try:
        model = await _model(runtime, routed.model)
        async for piece in model.stream(request(routed), call_id=routed.interaction):
            heard.feed(piece)
            yield piece
        error = heard.error
    except UpspiralError as failure:
        error = str(failure)
        raise
    finally:
        completion = heard.completion(routed.model.name)
        await asyncio.shield(record(runtime, routed, completion, started=started, error=error))


def choose(runtime: Runtime, asked: Asked) -> Routed:
    """Choose the agent and the version that answer a request."""
    snapshot = runtime.snapshot(asked.workspace)
    choice = route.choose(snapshot.agents.keys(), asked.model)
    served = snapshot.agents[AgentId(choice.agent)]
    interaction = InteractionId(runtime.mint("int"))
    conversation = asked.conversation or str(interaction)
    return Routed(asked, served, pick_arm(served.deployment, conversation), interaction, conversation)


def request(routed: Routed) -> ChatRequest:
    """The request as the model gets it: instructions, guidelines and examples first."""
    options = {**routed.version.sampling, **routed.asked.options}
    if routed.asked.raw:
        before = [{"role": m.role, "content": m.content} for m in routed.version.prompted(())]
        options["messages"] = [*before, *routed.asked.raw]
    return ChatRequest(messages=routed.version.prompted(routed.asked.messages), options=options)


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
    interaction = Interaction(
        id=routed.interaction,
        workspace=asked.workspace,
        agent=routed.served.agent.id,
        at=runtime.now(),
        messages=asked.messages,
        answer=completion.answer if completion else "",
        model=routed.model.name,
        version=routed.version.id,
        deployment=deployment.id if deployment else None,
        arm=routed.arm,
        conversation=routed.conversation,
        end_user=asked.end_user,
        tool_calls=completion.tool_calls if completion else (),
        usage=completion.usage if completion else Usage(),
        latency_ms=1000 * (time.perf_counter() - started),
        error=error,
        metadata=asked.metadata,
    )
    await asyncio.to_thread(capture.record, runtime.store, interaction)


async def _model(runtime: Runtime, version: ModelVersion) -> Any:
    if runtime.hosts.is_ready(version):
        return runtime.model(version)
    return await asyncio.to_thread(runtime.model, version)
