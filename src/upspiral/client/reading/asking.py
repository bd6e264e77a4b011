"""How does an application ask the server something, and wait for the answer?"""

import os
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import msgspec
from msgspec import Struct

from upspiral.domain.access import IssuedToken
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

NOT_MODIFIED, TOO_MANY = 304, 429


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


def ask_token(interaction: str, end_user: str | None, hours: float | None) -> Question[IssuedToken]:
    """Ask for a token with which a page may rate one answer.

    >>> ask_token("int_1", "anna", None).body
    {'interaction': 'int_1', 'end_user': 'anna'}
    """
    given = {"interaction": interaction, "end_user": end_user, "hours": hours}
    body = {name: value for name, value in given.items() if value is not None}
    return Question(path="/api/v1/feedback-tokens", wanted=IssuedToken, body=body)


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
        self._flush()
        given: dict[str, Any] = {"params": dict(question.query)}
        if question.timeout_s is not None:
            given["timeout"] = question.timeout_s
        if question.body is None:
            answer = self.send("GET", question.path, **given)
        else:
            answer = self.send("POST", question.path, json=dict(question.body), **given)
        return question.read(answer.content)

    def send(self, method: str, path: str, **given: Any) -> "httpx2.Response":
        """Send a request at once, whatever waits to be sent; give the answer, 304 included.

        Raises:
            UpspiralError: The server refused, with its words; `Unavailable` where it did not answer.
        """
        import httpx2

        with self._lock:
            if self._client is None or self._process != os.getpid():  # sockets are the parent's
                self._client, self._process = self._open_client(), os.getpid()
            client = self._client
        try:
            answer = client.request(method, path, **given)
        except httpx2.HTTPError as error:
            raise Unavailable(f"The server did not answer: {error}.", hint="Ask again.") from error
        if answer.is_success or answer.status_code == NOT_MODIFIED:
            return answer
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
    kind = REFUSALS.get(answer.status_code, Unavailable if _is_passing(answer.status_code) else UpspiralError)
    return kind(title, hint=hint)


def _is_passing(status: int) -> bool:
    """Say whether a refusal passes by itself: too much at once, or a fault inside."""
    return status == TOO_MANY or status >= 500
