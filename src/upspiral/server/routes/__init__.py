"""Paths and thin handlers, one file per group of nouns."""

from upspiral.app import App
from upspiral.server.policy import HotRoute
from upspiral.server.routes import (
    access,
    agents,
    analytics,
    feedback,
    gateway,
    interactions,
    langfuse,
    learning,
    nights,
    otlp,
    outcomes,
    quality,
    routing,
    schedules,
    trust,
)
from upspiral.server.routes.connections import webhooks

CAPTURE = (interactions.router, feedback.router, outcomes.router, langfuse.router)
PARTS = (
    *CAPTURE,
    learning.router,
    trust.router,
    agents.router,
    nights.router,
    analytics.router,
    quality.router,
    routing.router,
    *(schedules.router, webhooks.router, access.router),
)


def direct_routes(app: App) -> tuple[HotRoute, ...]:
    """Give the routes of the hot path."""
    return (*gateway.routes(app), *otlp.routes(app))
