"""What does a route get? The app as its caller may see it."""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Depends, Query, Request
from starlette.types import Scope

from upspiral.admin.agents import require_agent
from upspiral.app import App
from upspiral.domain import Principal
from upspiral.domain.access import FeedbackToken
from upspiral.domain.ids import AgentId, is_own_id
from upspiral.errors import InvalidInput, NotFound, Unauthorized
from upspiral.server.middleware import Caller
from upspiral.server.policy import may_raise
from upspiral.storable import faults


def app_for(app: App, scope: Scope) -> App:
    """Give the app within the workspace of whoever asks.

    Raises:
        Unauthorized: The request did not come through the doors, or without a key.
    """
    return app.within(principal_of(scope).workspace)


def principal_of(scope: Scope) -> Principal:
    """Say who asks.

    Raises:
        Unauthorized: The request did not come through the doors, or without a key.
    """
    caller = scope.get("upspiral")
    if not isinstance(caller, Caller) or caller.principal is None:
        raise Unauthorized("The request carries no key.", hint="Send `Authorization: Bearer KEY`.")
    return caller.principal


def _caller_app(request: Request) -> App:
    """Give the app to a route, whose path and query it may read by now as they are looked up in the store."""
    app = _require_allowed(request)
    hide = app.runtime.admission(app.workspace).text
    _change_parameters(request, hide)
    return app


def _require_allowed(request: Request) -> App:
    if request.scope["upspiral"].route is not request.scope["route"]:
        raise Unauthorized("The request was let in for another route.", hint="Report this.")
    return app_for(request.app.state.app, request.scope)


def _change_parameters(request: Request, hide: Callable[[str], str]) -> None:
    """Put names in path and query as they are stored: what was hidden there is looked for by its pseudonym.

    Raises:
        InvalidInput: A parameter is nothing that a database can hold; says which, and what is wrong.
    """
    query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    path: dict[str, str] = request.path_params
    for name, value in (*path.items(), *query):
        for fault in faults(value, name):
            raise InvalidInput(f"{fault}.", hint="Correct it and ask again.")
    # The ids of keys and patterns look like secrets, and are found all the same.
    path.update({name: value if is_own_id(value) else hide(value) for name, value in path.items()})
    changed = [(name, value if name in UNREDACTED_PARAMETERS else hide(value)) for name, value in query]
    if changed != query:
        request.scope["query_string"] = urlencode(changed).encode()
        vars(request).pop("_query_params", None)  # it was read from the scope before, and is now read again


def _principal(request: Request) -> Principal:
    return principal_of(request.scope)


def _token(request: Request) -> FeedbackToken:
    caller = request.scope.get("upspiral")
    if not isinstance(caller, Caller) or caller.token is None:
        raise Unauthorized("The request carries no feedback token.", hint="Send it as a bearer token.")
    return caller.token


UNREDACTED_PARAMETERS = frozenset(("after", "since", "until"))
"""Parameters that name nothing that was sent: places in a list, and moments."""
CallerApp = Annotated[App, Depends(_caller_app)]
Asking = Annotated[Principal, Depends(_principal)]
PageToken = Annotated[FeedbackToken, Depends(_token)]


@may_raise(NotFound)
def _require_known_agent(
    app: CallerApp, agent: Annotated[str | None, Query(max_length=200)] = None
) -> AgentId | None:
    return require_agent(app.runtime, app.workspace, agent) if agent else None


AgentFilter = Annotated[AgentId | None, Depends(_require_known_agent)]
"""The query parameter `agent`, which may be left out; an unknown name is 404."""


def path_of(collection: str, ident: str) -> str:
    """Give the path of one thing.

    >>> path_of("/api/v1/interactions", "a b")
    '/api/v1/interactions/a%20b'
    """
    return f"{collection}/{quote(ident, safe='')}"
