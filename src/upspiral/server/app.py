"""The server: every door of one process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.responses import Response
from typing_extensions import TypedDict

from upspiral.admin.database import find_problems
from upspiral.admin.keys import ApiKeys
from upspiral.app import App
from upspiral.server import errors
from upspiral.server.deps import json_response
from upspiral.server.idempotency import Idempotency
from upspiral.server.middleware import Gatekeeper
from upspiral.server.openapi import document
from upspiral.server.policy import allows, table
from upspiral.server.routes import PARTS, direct_routes
from upspiral.version import __version__


class Health(TypedDict):
    """Is the server well?"""

    status: Literal["ok", "degraded"]
    version: str
    problems: list[str]


LOCAL = ("127.0.0.1", "localhost", "[::1]")


def create_app(app: App) -> Gatekeeper:
    """Build the HTTP application around an app that is open.

    Args:
        app: The parts; opened and closed by the caller.

    Raises:
        ConfigError: A route does not say who may use it.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield

    api = FastAPI(
        title="Upspiral",
        version=__version__,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    api.state.app = app
    errors.install(api)
    for part in PARTS:
        api.router.routes.extend(part.routes)
    direct = direct_routes(app)
    _add_own_routes(api, app)
    api.openapi = lambda: document(api, direct)  # type: ignore[method-assign]
    policies = table(api.routes, direct)
    settings = app.settings
    return Gatekeeper(
        api,
        direct=direct,
        policies=policies,
        keyring=ApiKeys(app.runtime.store),
        idempotency=Idempotency(app.runtime),
        hosts=(*LOCAL, *settings.server.hosts),
        max_body=int(settings.max_body_mb * 1e6),
        per_minute=settings.server.per_minute,
    )


def _add_own_routes(api: FastAPI, app: App) -> None:
    @api.get("/health", tags=["health"])
    @allows()
    def health() -> Health:
        """Say that the server answers and its store can be read, and what is wrong with it otherwise.

        `status` is `ok`, or `degraded` where there is a problem that leaves the server answering.
        """
        app.runtime.store.agents.generation(app.workspace)
        problems = find_problems(app.runtime, app.recurring)
        return Health(status="degraded" if problems else "ok", version=__version__, problems=problems)

    @api.get("/openapi.json", include_in_schema=False, response_model=None)
    @allows()
    def openapi() -> Response:
        """Give the OpenAPI document."""
        said: dict[str, Any] = api.openapi()
        return json_response(said)
