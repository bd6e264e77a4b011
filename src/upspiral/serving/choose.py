"""Who answers this request: the agent that it names, one that is drawn, or several?"""

import asyncio
from typing import Any

from msgspec import structs

from upspiral import route
from upspiral.deploy import pick_arm
from upspiral.domain import Choice
from upspiral.domain.ids import AgentId, InteractionId, WorkspaceId
from upspiral.errors import InvalidInput
from upspiral.projections import Router
from upspiral.route.facts import domain_of
from upspiral.route.named import parse_auto_mode
from upspiral.runtime import Runtime
from upspiral.serving.request import FanOut, GatewayRequest, RoutedRequest


async def choose(runtime: Runtime, asked: GatewayRequest) -> RoutedRequest | FanOut:
    """Choose the agent and the version that answer a request, or several of them.

    Raises:
        NotFound: There is no agent of that name, none that may be chosen, or none of the verifier's name.
        InvalidInput: Several agents cannot be asked this.
    """
    agents = runtime.snapshot(asked.workspace, wanted=asked.model).agents
    mode = None if asked.model in agents else parse_auto_mode(asked.model, usual=runtime.settings.route.mode)
    if mode is None:
        return route_to(runtime, asked, route.choose(agents.keys(), asked.model))
    if mode != "single" and asked.dialect.reader is None:
        if asked.model != route.AUTO:
            raise InvalidInput("Embeddings of several agents cannot be combined.", hint="Name one agent.")
        mode = "single"
    speed = is_hurried(asked, usual=runtime.settings.route.speed)
    router = await _router(runtime, asked.workspace, speed=speed)
    if mode != "single":
        return _several(runtime, asked, router, mode=mode)
    interaction = runtime.mint("int")
    choice = router.choose(asked.conversation or interaction, domain_of(asked.metadata), speed=speed)
    return route_to(runtime, asked, choice, interaction=interaction, policy=router.policy.name)


def route_to(
    runtime: Runtime,
    asked: GatewayRequest,
    choice: Choice,
    *,
    interaction: str | None = None,
    conversation: str | None = None,
    policy: str | None = None,
) -> RoutedRequest:
    """Let a chosen agent answer: say which of its versions does, and under which ids."""
    ident = InteractionId(interaction or runtime.mint("int"))
    talk = asked.conversation or conversation or str(ident)
    served = runtime.snapshot(asked.workspace).agents[choice.agent]
    return RoutedRequest(asked, served, pick_arm(served.deployment, talk), ident, talk, choice, policy)


def is_hurried(asked: GatewayRequest, *, usual: bool) -> bool:
    """Say whether an answer is wanted soon rather than good: metadata `speed` overrules the setting."""
    said = asked.metadata.get("speed")
    return usual if said is None else said.strip().lower() in ("true", "yes", "1")


def _several(runtime: Runtime, asked: GatewayRequest, router: Router, *, mode: str) -> FanOut:
    """Draw as many as the domain needs by now; a cascade asks the cheapest first."""
    if runtime.settings.route.verifier:  # told before anybody is asked
        route.choose(runtime.snapshot(asked.workspace).agents.keys(), runtime.settings.route.verifier)
    domain, speed = domain_of(asked.metadata), is_hurried(asked, usual=runtime.settings.route.speed)
    first = runtime.mint("int")
    talk = asked.conversation or first
    wide = router.ensemble.width(domain) if mode == "ensemble" else router.cascade.rung(domain).depth
    names, chance = router.draw_many(talk, domain, count=wide, speed=speed)
    if mode == "cascade":
        names = tuple(sorted(names, key=router.cost))
    options = asked.body.get("stream_options")
    counted = isinstance(options, dict) and bool(options.get("include_usage"))
    asked = structs.replace(asked, body=_whole(asked.body))
    members = tuple(
        route_to(
            runtime, asked, Choice(agent=AgentId(name), probability=chance, reason=""), conversation=talk
        )
        for name in names
    )
    return FanOut(asked, mode, members, f"{router.policy.name}:{mode}", chance, counted)


def _whole(body: dict[str, Any]) -> dict[str, Any]:
    """Ask for the whole answer, even where the caller gets it as a stream."""
    return {name: value for name, value in body.items() if name not in ("stream", "stream_options")}


async def _router(runtime: Runtime, workspace: WorkspaceId, *, speed: bool) -> Router:
    router = runtime.routers.get_nowait(workspace)
    if router is None:
        router = await asyncio.to_thread(runtime.routers.get_within, workspace)
    if not router.is_ready(speed):
        await asyncio.to_thread(router.prepare_speed, speed)
    return router
