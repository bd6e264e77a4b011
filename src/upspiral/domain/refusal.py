"""How must a model be asked, as its own refusals have taught?"""

from datetime import datetime
from typing import Literal

from msgspec import Struct

ChangeKind = Literal["drop", "rename", "add", "merge_system", "lacks"]


class RequestChange(Struct, frozen=True):
    """One change of a request that a model asked for."""

    what: ChangeKind
    field: str = ""
    to: str = ""
    """The new name of a field that is renamed."""

    def __str__(self) -> str:
        told = {
            "drop": f"without `{self.field}`",
            "rename": f"`{self.to}` instead of `{self.field}`",
            "add": f"with `{self.field}`",
            "merge_system": "instructions within the first message, as it takes no system role",
            "lacks": f"not by the API {self.field!r}, which it does not speak",
        }
        return told[self.what]


class RefusalRecord(Struct, frozen=True):
    """What is known of one model at one host."""

    url: str
    model: str
    changes: tuple[RequestChange, ...]
    at: datetime
    """When the last of them was learned."""
