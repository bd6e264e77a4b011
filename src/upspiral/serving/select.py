"""Who answers a request: which agents, and which version of each?"""

import asyncio
from collections.abc import Mapping
from typing import Any

from msgspec import structs

from upspiral import route
from upspiral.deploy import pick_arm
from upspiral.domain import Choice
from upspiral.domain.ids import AgentId, InteractionId
from upspiral.errors import InvalidInput
from upspiral.projections import Router, Served
from upspiral.route.cascade import order_by_cost
from upspiral.route.config import RouteSettings
from upspiral.route.facts import domain_of
from upspiral.route.named import parse_auto_mode
from upspiral.runtime import Runtime
from upspiral.serving.request import FanOut, GatewayRequest, RoutedRequest

Agents = Mapping[AgentId, Served]
"""Everyone who is served now, by name."""


def choose_mode(asked: GatewayRequest, agents: Agents, settings: RouteSettings) -> str | None:
    """Say how many agents are asked: `single`, `ensemble` or `cascade`; None where one is named.

    Raises:
        InvalidInput: Several agents cannot be asked this.
    """
    mode = None if asked.model in agents else parse_auto_mode(asked.model, usual=settings.mode)
    if mode in (None, "single") or asked.dialect.stream is not None:
        return mode
    if asked.model != route.AUTO:
        raise InvalidInput("Embeddings of several agents cannot be combined.", hint="Name one agent.")
    return "single"


def select_named(runtime: Runtime, asked: GatewayRequest, agents: Agents) -> RoutedRequest:
    """Select the agent that the request names.

    Raises:
        NotFound: There is none of that name.
    """
    choice = route.choose(agents.keys(), asked.model)
    return route_to(asked, agents, choice, interaction=runtime.mint("int"))


async def draw_one(runtime: Runtime, asked: GatewayRequest, agents: Agents) -> RoutedRequest:
    """Draw one agent by what is known of all of them.

    Raises:
        NotFound: Nobody may be chosen.
    """
    speed = is_hurried(asked, usual=runtime.settings.route.speed)
    router = await _get_router(runtime, asked, speed=speed)
    interaction = runtime.mint("int")
    choice = router.choose(asked.conversation or interaction, domain_of(asked.metadata), speed=speed)
    return route_to(asked, agents, choice, interaction=interaction, policy=router.policy.name)


async def draw_several(runtime: Runtime, asked: GatewayRequest, agents: Agents, mode: str) -> FanOut:
    """Draw as many agents as the domain needs by now; a cascade asks the cheapest first.

    Those whose cost is unknown come after those whose cost is known.

    Raises:
        NotFound: Nobody may be chosen, or there is no agent of the verifier's name.
    """
    settings = runtime.settings.route
    speed = is_hurried(asked, usual=settings.speed)
    router = await _get_router(runtime, asked, speed=speed)
    if settings.verifier:  # before anybody is asked: the answers would be paid for and could not be verified
        route.choose(agents.keys(), settings.verifier)
    domain, talk = domain_of(asked.metadata), asked.conversation or runtime.mint("int")
    wide = router.ensemble.width(domain) if mode == "ensemble" else router.cascade.rung(domain).depth
    names, chance = router.draw_many(talk, domain, count=wide, speed=speed)
    if mode == "cascade":
        names = order_by_cost({name: router.cost(name) for name in names})
    options = asked.body.get("stream_options")
    counted = isinstance(options, dict) and bool(options.get("include_usage"))
    asked = structs.replace(asked, body=_ask_for_whole(asked.body), conversation=talk)
    choices = [Choice(agent=AgentId(name), probability=chance, reason="") for name in names]
    members = tuple(route_to(asked, agents, one, interaction=runtime.mint("int")) for one in choices)
    return FanOut(asked, mode, members, f"{router.policy.name}:{mode}", chance, counted)


def route_to(
    asked: GatewayRequest, agents: Agents, choice: Choice, *, interaction: str, policy: str | None = None
) -> RoutedRequest:
    """Route a request to a chosen agent: say which of its versions answers, and under which ids.

    Every turn of a conversation meets the same version; one that names none is a conversation by itself.
    """
    served, talk = agents[choice.agent], asked.conversation or interaction
    arm = pick_arm(served.deployment, talk)
    return RoutedRequest(asked, served, arm, InteractionId(interaction), talk, choice, policy)


def is_hurried(asked: GatewayRequest, *, usual: bool) -> bool:
    """Say whether an answer is wanted soon rather than good: metadata `speed` overrules the setting."""
    said = asked.metadata.get("speed")
    return usual if said is None else said.strip().lower() in ("true", "yes", "1")


def _ask_for_whole(body: dict[str, Any]) -> dict[str, Any]:
    """Ask for the whole answer, even where the caller gets it as a stream."""
    return {name: value for name, value in body.items() if name not in ("stream", "stream_options")}


async def _get_router(runtime: Runtime, asked: GatewayRequest, *, speed: bool) -> Router:
    """Give the router of the workspace; what has to be read or computed for it leaves the event loop free."""
    router = runtime.routers.get_nowait(asked.workspace)
    if router is None:
        router = await asyncio.to_thread(runtime.routers.get_within, asked.workspace)
    if not router.is_ready(speed):
        await asyncio.to_thread(router.prepare_speed, speed)
    return router
