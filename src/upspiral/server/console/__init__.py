"""The console: pages for people, over the same questions and verbs as the REST API and the commands."""

from upspiral.server.console import (
    audit,
    deployments,
    interactions,
    labels,
    levers,
    loop,
    migration,
    nights,
    quality,
    sign_in,
    training,
)
from upspiral.server.console.learned import learning, routing, trust, weaknesses
from upspiral.server.console.settings import page as settings

PAGES = (
    sign_in.router,
    loop.router,
    interactions.router,
    quality.router,
    weaknesses.router,
    trust.router,
    learning.router,
    routing.router,
    nights.router,
    levers.router,
    labels.router,
    training.router,
    deployments.router,
    migration.router,
    *settings.ROUTERS,
    audit.router,
)
