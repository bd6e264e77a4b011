"""What does a route get? The app as its caller may see it, and a way to answer with nouns."""

from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request
from fastapi.responses import Response
from starlette.types import Scope

from upspiral.app import Upspiral
from upspiral.domain import Principal
from upspiral.errors import InvalidInput, Unauthorized
from upspiral.server.doors import Caller
from upspiral.storable import faults


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
    _refuse_unstorable(request)
    if request.scope["upspiral"].route is not request.scope["route"]:
        raise Unauthorized("The request was let in for another route.", hint="Report this.")
    return spiral_for(request.app.state.spiral, request.scope)


def _refuse_unstorable(request: Request) -> None:
    """Refuse a path or query that names something that no database can hold.

    Raises:
        InvalidInput: Says which parameter, and what is wrong with it.
    """
    for name, value in (*request.path_params.items(), *request.query_params.multi_items()):
        for fault in faults(value, name):
            raise InvalidInput(f"{fault}.", hint="Correct it and ask again.")


def _principal(request: Request) -> Principal:
    return principal_of(request.scope)


Spiral = Annotated[Upspiral, Depends(_spiral)]
Asking = Annotated[Principal, Depends(_principal)]


def answer(value: Any, status: int = 200) -> Response:
    """Answer with a noun, or a list of them."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")
