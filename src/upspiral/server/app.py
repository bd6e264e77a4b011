"""The server: every door of one process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from upspiral import __version__
from upspiral.app import Upspiral
from upspiral.server import errors
from upspiral.server.limits import BodyLimit
from upspiral.server.routes import agents, analytics, gateway, interactions, nights

LOCAL = ["127.0.0.1", "localhost", "[::1]", "testserver", "upspiral"]


def create_app(spiral: Upspiral) -> FastAPI:
    """Build the HTTP application around an app that is open.

    Args:
        spiral: The parts; opened and closed by the caller.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.spiral = spiral
        yield

    app = FastAPI(title="Upspiral", version=__version__, lifespan=lifespan, docs_url="/docs", redoc_url=None)
    app.state.spiral = spiral
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=LOCAL)
    app.add_middleware(BodyLimit, max_bytes=int(spiral.settings.max_body_mb * 1e6))
    errors.install(app)
    for part in (gateway, interactions, agents, nights, analytics):
        app.include_router(part.router)

    @app.get("/health", tags=["health"])
    def health() -> dict[str, str]:
        """Say that the server answers and its store can be read."""
        spiral.runtime.store.agents.generation(spiral.workspace)
        return {"status": "ok", "version": __version__}

    return app
