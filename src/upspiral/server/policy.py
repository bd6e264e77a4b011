"""What must a caller be allowed to do here? Every route says so next to its handler."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from msgspec import Struct
from starlette.types import ASGIApp

from upspiral.domain import Scope
from upspiral.errors import ConfigError, UpspiralError

F = TypeVar("F", bound=Callable[..., Any])


CHANGING = frozenset({Scope.OPERATE, Scope.ADMIN, Scope.MODEL_TRAINING})
"""Scopes of routes that change how things are run; recording and rating what happened is no such change."""


class Policy(Struct, frozen=True):
    """What a route asks of its caller."""

    scopes: tuple[Scope, ...]
    """One of them is needed; with none, everybody may come."""
    max_body: int | None = None
    """Bytes; None for the setting."""
    atomic: bool = False
    """Is its work one transaction, in which `idempotency` keeps the answer?"""
    errors: tuple[type[UpspiralError], ...] = ()
    """How its own work can fail, beside what `openapi.failures` knows of every route."""
    any_name: bool = False
    """Does it answer for every name in its path, known or not?"""
    is_page: bool = False
    """Does it answer a browser that is signed in, with a page? A key in a header then does not count."""

    by_token: bool = False
    """Does its caller show a feedback token, in place of a key? The token's key must grant a scope then."""
    from_pages: bool = False
    """May pages call it from the origins that the setting names?"""
    local: bool = False
    """May a program on this machine ask without a key?"""

    @property
    def is_change(self) -> bool:
        """Does it change how things are run, so that a writing request is kept in the audit log?"""
        return not CHANGING.isdisjoint(self.scopes)


PUBLIC = Policy(())


class HotRoute(Struct, frozen=True, kw_only=True):
    """A route of the hot path: documented like every other, answered by an ASGI program of its own."""

    method: str
    path: str
    policy: Policy
    program: ASGIApp
    operation: dict[str, Any]
    """Its entry in the OpenAPI document."""


def allows(
    *scopes: Scope,
    max_body: int | None = None,
    atomic: bool = False,
    errors: tuple[type[UpspiralError], ...] = (),
    any_name: bool = False,
    by_token: bool = False,
    from_pages: bool = False,
) -> Callable[[F], F]:
    """Declare who may use a route; stands directly above its handler.

    Args:
        scopes: What the key must grant, one of them; none lets everybody in.
        max_body: Largest body in bytes; None for the setting.
        atomic: Does it do its work in one transaction, by `idempotency.write_once` or `run_once`?
        errors: How its own work can fail, for the API document; what every such route can fail with is known.
        any_name: Does it answer for every name in its path, known or not? Else one may not be found.
        by_token: Does its caller show a feedback token, in place of a key?
        from_pages: May pages call it from the origins that the setting `feedback.origins` names?
    """

    def mark(handler: F) -> F:
        policy = Policy(
            scopes,
            max_body=max_body,
            atomic=atomic,
            errors=errors,
            any_name=any_name,
            by_token=by_token,
            from_pages=from_pages,
        )
        handler.policy = policy  # type: ignore[attr-defined]
        return handler

    return mark


def may_raise(*errors: type[UpspiralError]) -> Callable[[F], F]:
    """Declare how a dependency of several routes can fail, for the API document of each."""

    def mark(dependency: F) -> F:
        dependency.errors = errors  # type: ignore[attr-defined]
        return dependency

    return mark


def errors_of(dependant: Dependant) -> set[type[UpspiralError]]:
    """Give how the dependencies of a route can fail, as they declare."""
    found = set(getattr(dependant.call, "errors", ()))
    return found.union(*(errors_of(one) for one in dependant.dependencies))


def policy_of(route: object) -> Policy:
    """Read what a route declares.

    Raises:
        ConfigError: It declares nothing; the app does not start.
    """
    policy = getattr(getattr(route, "endpoint", None), "policy", None)
    if not isinstance(route, APIRoute) or not isinstance(policy, Policy):
        raise ConfigError(
            f"The route {getattr(route, 'path', route)!r} does not say who may use it.",
            hint="Put @allows(...) above its handler.",
        )
    return policy


def table(routes: Iterable[object], direct: Iterable[HotRoute]) -> dict[tuple[str, str], Policy]:
    """Give every route's policy, by method and path as documented.

    Raises:
        ConfigError: A route has none.
    """
    found = {(one.method, one.path): one.policy for one in direct}
    for route in routes:
        policy = policy_of(route)
        assert isinstance(route, APIRoute)  # noqa: S101 - policy_of refuses the others
        found |= {(method, route.path_format): policy for method in route.methods or ()}
    return found
