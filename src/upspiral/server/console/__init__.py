"""The console: pages for people, over the same questions and verbs as the REST API and the commands."""

from upspiral.server.console import (
    audit,
    deployments,
    interactions,
    labels,
    levers,
    loop,
    nights,
    quality,
    settings,
    sign_in,
    trust,
    weaknesses,
)

PAGES = (
    sign_in.router,
    loop.router,
    interactions.router,
    quality.router,
    weaknesses.router,
    trust.router,
    nights.router,
    levers.router,
    labels.router,
    deployments.router,
    settings.router,
    audit.router,
)
