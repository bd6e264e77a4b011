"""What does a request about nights and their parts hold?"""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from upspiral.plugin_kinds import LEVER
from upspiral.server.schemas.base import Body

LeverNames = Annotated[list[Annotated[str, AfterValidator(LEVER.check_name)]], Field(max_length=20)]
"""Names of registered levers."""


class CycleBody(Body):
    """A night, or one part of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"agent": "support"}]})

    agent: str
    story: Literal["improve", "curate", "train", "deploy"] = "improve"
    forced: bool = False
    share: float | None = Field(None, gt=0, lt=1)
    levers: LeverNames = Field([], description="The only levers that the night uses, such as rules.")
    dataset: str | None = None
    version: str | None = Field(None, description="For deploy: id, name such as support@3, or number.")
    adapter: str | None = Field(
        None, description="For deploy: a LoRA adapter folder of your own, on the server."
    )


class PatternsBody(Body):
    """Analyze one agent now, or all of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"agent": "support", "days": 7}]})

    agent: str | None = Field(None, max_length=200)
    days: float | None = Field(None, gt=0, le=36_500)


class ComparisonBody(Body):
    """Compare two versions of an agent on held-out cases."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"agent": "support", "candidate": "support@2", "incumbent": "support@1"}]
        }
    )

    agent: str
    candidate: str
    incumbent: str
    dataset: str | None = None


class LabelBody(Body):
    """Say which answer of a pair is better."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"pair": "pair_4b2c9d1e7a60f58d3c1b9a8e7f60", "rater": "anna", "better": "candidate"}
            ]
        }
    )

    pair: str = Field(max_length=100)
    rater: str = Field(min_length=1, max_length=200)
    better: Literal["candidate", "incumbent", "tie"]


class ApprovalBody(Body):
    """Say whether a learned text may be used."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"approved": True, "by": "anna"}]})

    approved: bool
    by: str = Field(min_length=1, max_length=200, description="The name of the person who decides.")


class RollbackBody(Body):
    """Take a version back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"agent": "support"}]})

    agent: str
    reason: str = Field("Rolled back by hand.", max_length=1000)


class CancelBody(Body):
    """End a night."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The disk is needed."}]})

    reason: str = Field("Cancelled by hand.", max_length=1000)


class SuggestionsBody(Body):
    """For whom remedies are suggested."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"agent": "support"}]})

    agent: str | None = Field(None, max_length=200)
