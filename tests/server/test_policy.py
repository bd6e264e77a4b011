"""Every route says what its caller must be allowed to do."""

import pytest
from fastapi import FastAPI

from upspiral.domain import Scope
from upspiral.errors import ConfigError
from upspiral.server.policy import PUBLIC, allows, policy_of, table


@allows(Scope.READ, Scope.OPERATE, max_body=10)
def get_one() -> None:
    """Allowed to some."""


@allows()
def get_health() -> None:
    """Allowed to everybody."""


def get_secret() -> None:
    """Forgotten."""


def _routes(*handlers: object) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    for handler in handlers:
        app.get(f"/{handler.__name__}")(handler)  # type: ignore[attr-defined, type-var]
    return app


def test_the_table_holds_what_each_handler_declares() -> None:
    found = table(_routes(get_one, get_health).routes, [])
    assert found["GET", "/get_one"].scopes == (Scope.READ, Scope.OPERATE)
    assert found["GET", "/get_one"].max_body == 10
    assert found["GET", "/get_health"] == PUBLIC


def test_a_route_without_a_declaration_lets_no_app_start() -> None:
    [route] = _routes(get_secret).routes
    with pytest.raises(ConfigError, match="get_secret"):
        policy_of(route)
    with pytest.raises(ConfigError):
        table(_routes(get_one, get_secret).routes, [])
