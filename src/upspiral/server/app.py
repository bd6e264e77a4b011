"""The server: every door of one process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from fastapi import FastAPI

from upspiral.admin.database import check_readable, find_problems
from upspiral.admin.feedback_tokens import FeedbackTokens
from upspiral.admin.keys import open_keyring
from upspiral.admin.people.sessions import BrowserSessions
from upspiral.app import App
from upspiral.errors import StoreError
from upspiral.floors import check_floors
from upspiral.server import browser, errors
from upspiral.server.answers import Answer, TypedRouter, json_response
from upspiral.server.audit import AuditLog
from upspiral.server.console import PAGES
from upspiral.server.idempotency import Idempotency
from upspiral.server.mcp.door import ToolDoor
from upspiral.server.middleware import Gatekeeper, Guards
from upspiral.server.observability.metrics import metrics_route
from upspiral.server.openapi import page, write_document
from upspiral.server.origins import Origins
from upspiral.server.policy import allows, table
from upspiral.server.routes import PARTS, direct_routes
from upspiral.server.schemas.answers.access import Health
from upspiral.telemetry import Telemetry
from upspiral.version import __version__

LOCAL = ("127.0.0.1", "localhost", "[::1]")


def create_app(app: App, telemetry: Telemetry | None = None, *, answers: bool = True) -> Gatekeeper:
    """Build the HTTP application around an app that is open.

    Args:
        app: The parts; opened and closed by the caller.
        telemetry: Its metrics; None to begin them here.
        answers: Does it serve the gateway and the REST API? Else it answers /health and /metrics alone.

    Raises:
        ConfigError: A route does not say who may use it, or an installed package is not safe to serve with.
    """
    check_floors()

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
    api.state.app, api.state.sessions = app, BrowserSessions(app.runtime)
    errors.install(api)
    tools = ToolDoor(app, document=lambda: api.openapi(), policies=lambda: policies, doors=lambda: gatekeeper)
    direct = (*direct_routes(app), tools.route()) if answers else ()
    if app.settings.server.metrics != "off":
        telemetry = telemetry or Telemetry(app.runtime, app.recurring)
        direct = (*direct, metrics_route(telemetry, local=app.settings.server.metrics == "local"))
    parts = (*PARTS, *PAGES, *browser.ROUTERS, page.router) if answers else ()
    for part in (*parts, _own_routes(api, app)):
        api.router.routes.extend(part.routes)
    api.openapi = cache(lambda: write_document(api, direct))  # type: ignore[method-assign]
    policies = table(api.routes, direct)
    settings = app.settings
    gatekeeper = Gatekeeper(
        api,
        direct=direct,
        policies=policies,
        guards=Guards(
            keyring=open_keyring(app.runtime),
            sessions=api.state.sessions,
            tokens=FeedbackTokens(app.runtime),
            audit=AuditLog(app.runtime),
            idempotency=Idempotency(app.runtime),
        ),
        origins=Origins((*LOCAL, *settings.server.hosts), settings.feedback.origins),
        settings=settings,
    )
    return gatekeeper


def _own_routes(api: FastAPI, app: App) -> TypedRouter:
    router = TypedRouter()

    @router.get("/health", tags=["health"])
    @allows(errors=(StoreError,))
    def health() -> Answer[Health]:
        """Say that the server answers and its store can be read, and what is wrong with it otherwise.

        `status` is `ok`, or `degraded` where there is a problem that leaves the server answering.
        """
        check_readable(app.runtime, app.workspace)
        problems = find_problems(app.runtime, app.recurring)
        return json_response(
            Health(status="degraded" if problems else "ok", version=__version__, problems=problems)
        )

    @router.get("/openapi.json", include_in_schema=False)
    @allows()
    def openapi() -> Answer[dict[str, Any]]:
        """Give the OpenAPI document."""
        return json_response(api.openapi())

    return router
