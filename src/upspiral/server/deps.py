"""What does a route get? The app as its caller may see it, and a way to answer with nouns."""

from typing import Annotated, Any

import msgspec
from fastapi import Depends, Query, Request
from fastapi.responses import Response
from starlette.types import Scope

from upspiral.app import Upspiral
from upspiral.domain import Principal
from upspiral.domain.ids import AgentId
from upspiral.errors import Unauthorized
from upspiral.registry import require_agent
from upspiral.server.doors import Caller


def spiral_for(spiral: Upspiral, scope: Scope) -> Upspiral:
    """Give the app within the workspace of whoever asks.

    Raises:
        Unauthorized: The request did not come through the doors, or without a key.
    """
    return spiral.within(principal_of(scope).workspace)


def principal_of(scope: Scope) -> Principal:
    """Say who asks.

    Raises:
        Unauthorized: The request did not come through the doors, or without a key.
    """
    caller = scope.get("upspiral")
    if not isinstance(caller, Caller) or caller.principal is None:
        raise Unauthorized("The request carries no key.", hint="Send `Authorization: Bearer KEY`.")
    return caller.principal


def _spiral(request: Request) -> Upspiral:
    if request.scope["upspiral"].route is not request.scope["route"]:
        raise Unauthorized("The request was let in for another route.", hint="Report this.")
    return spiral_for(request.app.state.spiral, request.scope)


def _principal(request: Request) -> Principal:
    return principal_of(request.scope)


Spiral = Annotated[Upspiral, Depends(_spiral)]
Asking = Annotated[Principal, Depends(_principal)]


def _known_agent(
    spiral: Spiral, agent: Annotated[str | None, Query(max_length=200)] = None
) -> AgentId | None:
    return require_agent(spiral.runtime, spiral.workspace, agent) if agent else None


def _named_agent(spiral: Spiral, agent: Annotated[str, Query(max_length=200)]) -> AgentId:
    return require_agent(spiral.runtime, spiral.workspace, agent)


AgentFilter = Annotated[AgentId | None, Depends(_known_agent)]
"""The query parameter `agent`, which may be left out; an unknown name is 404."""
OneAgent = Annotated[AgentId, Depends(_named_agent)]
"""The query parameter `agent`; an unknown name is 404."""


def answer(value: Any, status: int = 200) -> Response:
    """Answer with a noun, or a list of them."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")
