"""Which settings must not lie above which others? One check for every section."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel
from pydantic_core import ErrorDetails, PydanticCustomError

S = TypeVar("S", bound=BaseModel)
UNORDERED = "unordered"
"""The type of the error, by which its pair of settings is told apart from a single one."""


def keep_order(*pairs: tuple[str, str]) -> Callable[[S], S]:
    """Make the check of a section: the first setting of each pair may not lie above the second.

    Where only one of the two is set, the default of the other gives way to it.

    >>> from pydantic import model_validator
    >>> class Width(BaseModel, frozen=True):
    ...     least: int = 2
    ...     most: int = 5
    ...     _check_order = model_validator(mode="after")(keep_order(("least", "most")))
    >>> Width(most=1), Width(least=7)
    (Width(least=1, most=1), Width(least=7, most=7))
    """

    def check(section: S) -> S:
        for low, high in pairs:
            least, most = getattr(section, low), getattr(section, high)
            if least <= most:
                continue
            if {low, high} <= section.model_fields_set:
                raise PydanticCustomError(
                    UNORDERED,
                    "{low} is {least}, and may not be larger than {high}, which is {most}",
                    {"low": low, "least": least, "high": high, "most": most},
                )
            given, other = (low, high) if low in section.model_fields_set else (high, low)
            object.__setattr__(section, other, getattr(section, given))  # it is frozen once it is checked
        return section

    return check


def name_setting(error: ErrorDetails) -> ErrorDetails:
    """Give the error of a pair as one of its first setting; any other as it is."""
    if error["type"] != UNORDERED:
        return error
    pair = error["ctx"]
    why = f"it may not be larger than {pair['high']}, which is {pair['most']}"
    return {**error, "loc": (*error["loc"], pair["low"]), "input": pair["least"], "msg": why}
