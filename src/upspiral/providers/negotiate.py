"""What does a model refuse, and how is it asked then? Learned from its own words, not from a list.

A host that refuses a request names what it does not take. It is dropped, renamed or added, and the request
is sent again; what was learned holds for every later request to that model, and is forgotten after a day.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

from upspiral.chat_template import INSTRUCTING_ROLES, fold_system
from upspiral.domain.model import RefusalRecord, RequestChange
from upspiral.errors import Rejected, StoreError
from upspiral.wire.translate.apis import APIS, Api

Body = dict[str, Any]
MAX_ROUNDS = 6
"""So many refusals of one request are mended."""
FORGET_AFTER = timedelta(days=1)
"""So long after it was learned, what a model refused is tried again."""
REREAD_AFTER = timedelta(seconds=30)
"""So old may be what is known of other servers' refusals."""
REFUSING_STATUSES = frozenset({400, 404, 422})
DEFAULT_LIMITS: Body = {"max_tokens": 1024, "max_completion_tokens": 4096}
"""Fields that some hosts require, and what they get where nobody said."""
UNCHANGEABLE = frozenset(("model", "messages", "input", "prompt", "stream"))
"""Fields without which nothing is asked."""
INSTEAD = re.compile(r"use ['\"`]?(\w+)['\"`]? instead", re.IGNORECASE)
REQUIRED = re.compile(r"required|missing", re.IGNORECASE)
SYSTEM_ROLE = re.compile(
    r"(system|developer)\W{0,3}\s*(role|instruction|message|prompt)|role\W.{0,40}system"
    r"|roles must alternate|only user and assistant roles",
    re.I,
)
"""How hosts say that a model takes no system message; some chat templates do not name it."""
RESPONSES_ONLY = re.compile(r"v1/responses|responses api", re.IGNORECASE)
MISSING_PATH_STATUSES = frozenset({404, 405})
NAMES_MODEL = re.compile(r"\b(models?|deployments?)\b|model_not_found", re.IGNORECASE)
"""In a 404 that speaks of the model, and not of the path."""
HOST_APIS: Mapping[str, tuple[Api, ...]] = {
    "api.anthropic.com": ("messages",),
    "api.openai.com": ("chat", "responses"),
}
"""What is known from the start of the largest hosts; what others speak is learned."""


def find_change(body: Body, message: str, told: Mapping[str, str | None]) -> tuple[RequestChange, ...]:
    """Say how a refused request must change; nothing where the refusal cannot be mended.

    Args:
        body: The request that was refused.
        message: What the host said.
        told: `param` and `code` of its error, where it names them.

    >>> said = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    >>> find_change({"max_tokens": 5}, said, {})
    (RequestChange(what='rename', field='max_tokens', to='max_completion_tokens'),)
    >>> [str(one) for one in find_change({"temperature": 0}, "'temperature' does not support 0", {})]
    ['without `temperature`']
    >>> find_change({"temperature": 0}, "The prompt is too long.", {})
    ()
    """
    named = _find_fields(body, message, told.get("param"))
    instead = INSTEAD.search(message)
    if instead and len(named) == 1 and instead[1] != named[0]:
        return (RequestChange("rename", named[0], instead[1]),)
    if named and not REQUIRED.search(message):
        return tuple(RequestChange("drop", name) for name in named)
    if needed := next((n for n in DEFAULT_LIMITS if n not in body and _names(message, n)), None):
        return (RequestChange("add", needed),)
    turns = [one for one in body.get("messages", ()) if isinstance(one, dict)]
    has_system = any(one.get("role") in INSTRUCTING_ROLES for one in turns)
    if has_system and SYSTEM_ROLE.search(message):
        return (RequestChange("merge_system"),)
    return tuple(RequestChange("drop", name) for name in named)


def find_lacking_api(api: Api, error: Rejected) -> RequestChange | None:
    """Say whether a refusal means that a host, or this model at it, does not speak an API; None where not.

    >>> find_lacking_api("messages", Rejected("Status 404: Not Found.", status=404))
    RequestChange(what='lacks', field='messages', to='')
    >>> find_lacking_api("messages", Rejected("Status 404: no such model.", status=404)) is None
    True
    """
    said = f"{error.message.removeprefix(f'Model {error.provider}: ')} {error.told.get('code') or ''}"
    missing = error.status in MISSING_PATH_STATUSES and not NAMES_MODEL.search(said)
    elsewhere = api == "chat" and error.status in REFUSING_STATUSES and RESPONSES_ONLY.search(said)
    return RequestChange("lacks", api) if missing or elsewhere else None


def choose_api(caller: Api, changes: Sequence[RequestChange], spoken: Sequence[Api] = APIS) -> Api | None:
    """Choose in which API a model is asked: the caller's where its host speaks it; None where it speaks none.

    Args:
        caller: The API of the caller.
        changes: What was learned of the model.
        spoken: What is known of its host from the start.

    >>> choose_api("messages", [RequestChange("lacks", "messages")])
    'chat'
    """
    if not changes and caller in spoken:  # as nearly always
        return caller
    lacking = {one.field for one in changes if one.what == "lacks"}
    return next((one for one in (caller, *APIS) if one in spoken and one not in lacking), None)


@lru_cache(maxsize=256)
def apis_of_host(url: str) -> tuple[Api, ...]:
    """Give the APIs that a host may speak, as far as that is known from its address.

    >>> apis_of_host("https://api.anthropic.com/v1"), apis_of_host("http://127.0.0.1:8000/v1")
    (('messages',), ('chat', 'responses', 'messages'))
    """
    return next((apis for host, apis in HOST_APIS.items() if f"//{host}/" in f"{url}/"), APIS)


def _find_fields(body: Body, message: str, param: str | None) -> list[str]:
    """Give the fields of a request that a refusal names; a path such as `body.top_k` names its field."""
    first = re.split(r"[.\[]", (param or "").removeprefix("body."))[0]
    if first in body and first not in UNCHANGEABLE:
        return [first]
    return [name for name in body if name not in UNCHANGEABLE and _names(message, name)]


def _names(message: str, field: str) -> bool:
    return re.search(rf"(?<![\w]){re.escape(field)}(?![\w])", message) is not None


def apply_changes(body: Body, changes: Sequence[RequestChange]) -> Body:
    """Write a request as its model takes it.

    >>> apply_changes({"max_tokens": 5, "top_p": 1}, [RequestChange("rename", "max_tokens", "limit")])
    {'limit': 5, 'top_p': 1}
    """
    for change in changes:
        if change.what == "drop":
            body = {name: value for name, value in body.items() if name != change.field}
        elif change.what == "rename" and change.field in body:
            body = {change.to if name == change.field else name: value for name, value in body.items()}
        elif change.what == "add" and change.field not in body:
            body = {**body, change.field: DEFAULT_LIMITS[change.field]}
        elif change.what == "merge_system" and "messages" in body:
            body = {**body, "messages": fold_system(body["messages"])}
    return body


def utc_now() -> datetime:
    """Read the clock of this machine."""
    return datetime.now(UTC)


class RefusalKeeper(Protocol):
    """Where it is kept what models have refused: for other servers, and for the next start."""

    def read(self) -> list[RefusalRecord]:
        """Give all that is kept."""

    def keep(self, record: RefusalRecord) -> None:
        """Keep what was learned of a model, soon; what cannot be kept costs a call, and nothing else."""


class RefusalMemory:
    """What models have refused, by host and model: kept in memory, and shared with others by a keeper."""

    def __init__(self, clock: Callable[[], datetime] = utc_now, keeper: RefusalKeeper | None = None) -> None:
        """Begin with what the keeper has, which is read at first use.

        Args:
            clock: Tells the present moment.
            keeper: Where it is kept; None for memory alone.
        """
        self._clock, self._keeper = clock, keeper
        self._known: dict[str, RefusalRecord] = {}
        self._read_at: datetime | None = None

    def changes(self, url: str, model: str) -> tuple[RequestChange, ...]:
        """Give how a model must be asked; nothing where it was learned more than a day ago."""
        now = self._clock()
        self._read_again(now)
        known = self._known.get(_key(url, model))
        return () if known is None or now - known.at > FORGET_AFTER else known.changes

    def learn(self, url: str, model: str, changes: Sequence[RequestChange]) -> None:
        """Take note of changes with which a model did answer."""
        record = RefusalRecord(url, model, tuple(changes), self._clock())
        self._known[_key(url, model)] = record
        if self._keeper:
            self._keeper.keep(record)

    def list_known(self) -> list[RefusalRecord]:
        """Give all that is known, the latest last."""
        self._read_again(self._clock())
        return sorted(self._known.values(), key=lambda one: one.at)

    def _read_again(self, now: datetime) -> None:
        """Read what other servers have learned since; own news that is not kept yet stays."""
        if self._keeper is None or (self._read_at and abs(now - self._read_at) < REREAD_AFTER):
            return
        self._read_at = now
        with suppress(StoreError):  # it is tried again soon; until then a refusal costs a call
            for one in self._keeper.read():
                mine = self._known.get(_key(one.url, one.model))
                if mine is None or mine.at < one.at:
                    self._known[_key(one.url, one.model)] = one


def _key(url: str, model: str) -> str:
    return f"{url}\n{model}"
