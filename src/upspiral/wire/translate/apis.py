"""Which APIs are translated, and how is it said that something cannot be? (pure)."""

from collections.abc import Iterable
from typing import Literal

from upspiral.errors import InvalidInput

Api = Literal["chat", "responses", "messages"]
APIS: tuple[Api, ...] = ("chat", "responses", "messages")
"""In the order in which a host is tried that does not speak the caller's."""
TITLES: dict[Api, str] = {"chat": "chat completions", "responses": "responses", "messages": "messages"}


def check_refused(refused: Iterable[str], source: Api, target: Api) -> None:
    """Refuse a request, by the names of all that cannot be translated; nothing where there is none.

    Raises:
        InvalidInput: Something cannot be translated.

    >>> check_refused([], "chat", "messages")
    >>> check_refused(["seed"], "chat", "messages")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    upspiral.errors.InvalidInput: seed cannot be translated from chat completions to messages, ...
    """
    names = ", ".join(dict.fromkeys(refused))
    if names:
        raise InvalidInput(
            f"{names} cannot be translated from {TITLES[source]} to {TITLES[target]}, "
            "which the model's host speaks.",
            hint=f"Leave it out, or ask an agent whose host speaks {TITLES[source]}.",
        )
