"""How do several processes share what one has computed? Through Redis, which nothing needs."""

from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from upspiral.errors import ConfigError, MissingExtra
from upspiral.logs import get_logger

if TYPE_CHECKING:
    from redis import Redis

T = TypeVar("T")
KEPT_S = 6 * 3600
"""What is not written again within six hours is gone."""
QUIET_S = 30.0
"""So long a Redis that failed is not asked again."""
TIMEOUT_S = 0.25

log = get_logger(__name__)


class RedisCache:
    """JSON by workspace and name under one prefix, such as ``upspiral:trust:default:STRAT-01``.

    An absent or broken Redis is said once in the log; then everything is as if nothing were kept.
    """

    def __init__(self, client: "Redis", *, prefix: str) -> None:
        """Make a cache.

        Args:
            client: Of a Redis; see `connect`.
            prefix: What the names of all keys begin with.
        """
        self._client, self._prefix = client, prefix
        self._quiet_until = 0.0
        self._told = False
        self._lock = Lock()

    def put(self, workspace: str, values: Mapping[str, bytes]) -> None:
        """Keep values by name, for six hours."""
        if not values:
            return

        def write() -> None:
            with self._client.pipeline(transaction=False) as pipe:
                for name, value in values.items():
                    pipe.set(self._key(workspace, name), value, ex=KEPT_S)
                pipe.sadd(self._names(workspace), *values)
                pipe.expire(self._names(workspace), KEPT_S)
                pipe.execute()

        self._ask(write, None)

    def all(self, workspace: str) -> dict[str, bytes]:
        """Give what is kept, by name; nothing where Redis cannot be asked."""

        def read() -> dict[str, bytes]:
            given: Any = self._client.smembers(self._names(workspace))
            names = sorted(_text(name) for name in given)
            found: Any = self._client.mget([self._key(workspace, name) for name in names]) if names else []
            return {name: value for name, value in zip(names, found, strict=True) if value is not None}

        return self._ask(read, {})

    def forget(self, workspace: str) -> None:
        """Forget everything of a workspace."""

        def remove() -> None:
            given: Any = self._client.smembers(self._names(workspace))
            keys = [self._key(workspace, _text(name)) for name in given]
            self._client.delete(self._names(workspace), *keys)

        self._ask(remove, None)

    def _ask(self, do: Callable[[], T], otherwise: T) -> T:
        from redis import RedisError

        if monotonic() < self._quiet_until:
            return otherwise
        try:
            return do()
        except (RedisError, OSError) as error:
            with self._lock:
                self._quiet_until = monotonic() + QUIET_S
                told, self._told = self._told, True
            if not told:
                log.warning("Redis cannot be used; everything goes on without it", error=error)
            return otherwise

    def _key(self, workspace: str, name: str) -> str:
        return f"{self._prefix}:{workspace}:{name}"

    def _names(self, workspace: str) -> str:
        return f"{self._prefix}-names:{workspace}"


def connect(url: str) -> "Redis":
    """Make a client that gives up soon; nothing is sent yet.

    Args:
        url: ``redis://``, ``rediss://`` or ``unix://``.

    Raises:
        MissingExtra: The package is not installed.
        ConfigError: The address cannot be used.
    """
    try:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as error:
        raise MissingExtra(
            "redis_url is set, but the package is not installed.", hint="Run `pip install upspiral[redis]`."
        ) from error
    try:
        return Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=Retry(NoBackoff(), 0)
        )
    except ValueError as error:
        raise ConfigError(
            f"redis_url cannot be used: {error}", hint="Give redis://HOST:PORT or rediss://HOST:PORT."
        ) from error


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name
