"""What do all bodies have in common?"""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """A request body; fields that it does not know are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)
