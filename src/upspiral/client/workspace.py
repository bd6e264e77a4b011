"""How do calls that name a workspace work here, where the key decides it?"""

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


def accepts_workspace(method: Callable[P, T]) -> Callable[P, T]:
    """Let a method be called with a workspace, by name or as its first argument; it is not sent.

    The workspace of a call is that of the client's key: a server has no other way to believe it.

    >>> class Calls:
    ...     @accepts_workspace
    ...     def stats(self, agent_id: str) -> str:
    ...         return agent_id
    >>> Calls().stats("a"), Calls().stats(workspace_id="ws", agent_id="a"), Calls().stats("ws", "a")
    ('a', 'a', 'a')
    """
    signature = inspect.signature(method)

    @functools.wraps(method)
    def call(self: Any, *args: Any, **given: Any) -> Any:
        given.pop("workspace_id", None)
        if not _binds(signature, self, args, given) and _binds(signature, self, args[1:], given):
            args = args[1:]
        return cast(Any, method)(self, *args, **given)

    return cast("Callable[P, T]", call)


def _binds(signature: inspect.Signature, owner: object, args: tuple[Any, ...], given: dict[str, Any]) -> bool:
    try:
        signature.bind(owner, *args, **given)
    except TypeError:
        return False
    return True


class AwaitableId(str):
    """An id that is there at once, and may be awaited by code that expects to wait for it."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, str]:
        """Give the id as plain text."""
        return str(self)
        yield  # makes this a generator, which ends at once
