"""What do all bodies and queries have in common?"""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from upspiral.storable import faults, is_storable
from upspiral.storable.limits import MAX_TEXT, NAMES

ONE, BATCH = "one record", "a batch"
"""Tags of a body that holds one record or a list of them."""


def is_batch_of(name: str) -> Any:
    """Say which of the two a body is, so that its errors are those of the one that was meant.

    Args:
        name: The field that holds the list.

    >>> is_batch_of("feedback")({"feedback": []})
    'a batch'
    """

    def tag(body: Any) -> str:
        return BATCH if (name in body if isinstance(body, dict) else hasattr(body, name)) else ONE

    return tag


class Storable(BaseModel):
    """What a caller sent; refused with the field's name where a database could not hold it."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    READ_LATER: ClassVar[frozenset[str]] = frozenset()
    """Fields whose values are checked one by one where they are read, so that one takes no other with it."""

    @model_validator(mode="after")
    def _refuse_what_cannot_be_stored(self) -> Self:
        if all(is_storable(value, limit=NAMES.get(name, MAX_TEXT)) for name, value in self.__dict__.items()):
            return self
        wrong = [
            InitErrorDetails(
                type=PydanticCustomError("not_storable", "{reason}", {"reason": one.reason}),
                loc=one.path,
                input=None,
            )
            for name, value in self.__dict__.items()
            if name not in self.READ_LATER
            for one in faults(value, name, limit=NAMES.get(name, MAX_TEXT))
        ]
        if wrong:
            raise ValidationError.from_exception_data(type(self).__name__, wrong)
        return self


class Body(Storable):
    """A request body; fields that it does not know are refused."""

    model_config = ConfigDict(strict=True)
