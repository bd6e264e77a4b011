"""How does an application ask the server something, and wait for the answer?"""

import os
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import msgspec
from msgspec import Struct

from upspiral.errors import Forbidden, InvalidInput, NotFound, Unauthorized, Unavailable, UpspiralError

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")
REFUSALS: dict[int, type[UpspiralError]] = {
    400: InvalidInput,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    422: InvalidInput,
}


class Listed(Struct, Generic[T]):
    """A list as the server answers it."""

    items: list[T]


class Question(Struct, Generic[T], frozen=True, kw_only=True):
    """One request whose answer is wanted."""

    path: str
    """With every part quoted."""
    wanted: Any
    """The type of the answer: a Struct, or `Listed` of one."""
    query: Mapping[str, str] = {}
    body: Mapping[str, object] | None = None
    """Sent by POST; None asks by GET."""
    timeout_s: float | None = None
    """None for the client's own."""

    def read(self, content: bytes) -> T:
        """Read the answer; fields that a newer server adds are left out."""
        found = msgspec.json.decode(content, type=self.wanted)
        return cast(T, found.items if isinstance(found, Listed) else found)


class Asker:
    """Sends what was told before, asks, and waits; safe to use from several threads."""

    def __init__(self, open_client: "Callable[[], httpx2.Client]", flush: Callable[[], object]) -> None:
        """Make an asker.

        Args:
            open_client: Makes the HTTP client, at the first question.
            flush: Sends what waits, so that an answer knows of it.
        """
        self._open_client, self._flush = open_client, flush
        self._client: httpx2.Client | None = None
        self._process = os.getpid()
        self._lock = Lock()

    def ask(self, question: Question[T]) -> T:
        """Give the answer.

        Raises:
            UpspiralError: The server refused, with its words; `Unavailable` where it did not answer.
        """
        import httpx2

        self._flush()
        with self._lock:
            if self._client is None or self._process != os.getpid():  # sockets are the parent's
                self._client, self._process = self._open_client(), os.getpid()
            client = self._client
        given: dict[str, Any] = {"params": dict(question.query)}
        if question.timeout_s is not None:
            given["timeout"] = question.timeout_s
        try:
            if question.body is None:
                answer = client.get(question.path, **given)
            else:
                answer = client.post(question.path, json=dict(question.body), **given)
        except httpx2.HTTPError as error:
            raise Unavailable(f"The server did not answer: {error}.", hint="Ask again.") from error
        if answer.is_success:
            return question.read(answer.content)
        raise _to_error(answer)

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None


def _to_error(answer: "httpx2.Response") -> UpspiralError:
    try:
        problem = answer.json()
        title, hint = str(problem["title"]), str(problem.get("hint", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        title, hint = f"The server answered {answer.status_code}.", ""
    kind = REFUSALS.get(answer.status_code, Unavailable if answer.status_code >= 500 else UpspiralError)
    return kind(title, hint=hint)
