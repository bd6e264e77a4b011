"""What does a route get? The app, and a way to answer with nouns."""

from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request
from fastapi.responses import Response

from upspiral.app import Upspiral


def _spiral(request: Request) -> Upspiral:
    spiral = request.app.state.spiral
    assert isinstance(spiral, Upspiral)  # noqa: S101 - put there by the lifespan
    return spiral


Spiral = Annotated[Upspiral, Depends(_spiral)]


def answer(value: Any, status: int = 200) -> Response:
    """Answer with a noun, or a list of them."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")
