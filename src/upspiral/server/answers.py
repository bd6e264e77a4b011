"""What does a route answer with? Its return annotation says it once: to mypy and to the API document.

A handler is annotated `-> Answer[Agent]` and returns `json_response(agent)`: mypy checks the value, msgspec
encodes it once, and the API document takes the schema of `Agent` from the annotation.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from upspiral.errors import ConfigError
from upspiral.server.segments import take_segments

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Answer(Response, Generic[T_co]):
    """A response whose body is a T as JSON, or an error in its place."""


class TypedRouter(APIRouter):
    """Routes whose answers are described by `Answer[...]` instead of by pydantic models."""

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Add a route; pydantic neither describes its answer nor validates it a second time.

        Raises:
            ConfigError: The handler does not say what it answers with.
        """
        answer_type(endpoint)
        named = {"operation_id": options.get("operation_id") or endpoint.__name__}
        super().add_api_route(take_segments(path), endpoint, **options | named | {"response_model": None})


def json_unless_known(value: T, etag: str, *, known: str | None) -> Answer[T]:
    """Answer with a noun under its tag; with 304 and nothing where the caller has it already.

    Args:
        value: The noun.
        etag: Changes whenever the noun does; with its quotes.
        known: The header `If-None-Match` of the request.
    """
    headers = {"etag": etag, "cache-control": "private, no-cache", "vary": "authorization"}
    tags = [one.strip().removeprefix("W/") for one in (known or "").split(",")]
    if etag in tags or "*" in tags:
        return Answer(b"", 304, headers)
    return Answer(msgspec.json.encode(value), 200, headers, "application/json")


def json_response(value: T, status: int = 200, *, at: str | None = None) -> Answer[T]:
    """Answer with a noun.

    Args:
        value: The noun, or several in a `Page`.
        status: The HTTP status.
        at: The path under which it can be read again.
    """
    headers = {"location": at} if at else None
    return Answer(msgspec.json.encode(value), status, headers, "application/json")


def answer_type(endpoint: Callable[..., Any]) -> Any:
    """Read from a handler's annotation what its successful answer holds.

    Raises:
        ConfigError: The handler is not annotated `-> Answer[...]`; the app does not start.
    """
    declared = get_type_hints(endpoint).get("return")
    if get_origin(declared) is not Answer:
        raise ConfigError(
            f"The handler {endpoint.__name__!r} does not say what it answers with.",
            hint="Annotate it `-> Answer[...]` with a Struct.",
        )
    return get_args(declared)[0]
