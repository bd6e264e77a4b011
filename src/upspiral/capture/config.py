"""What can be set about capture?"""

from typing import Literal

from pydantic import BaseModel, Field


class CaptureSettings(BaseModel, frozen=True):
    """What counts as success, and what may teach."""

    success_at: float = Field(
        0.7, ge=0, le=1, description="An Outcome with at least this score is a success."
    )
    failure_below: float = Field(0.4, ge=0, le=1, description="An Outcome with a lower score is a failure.")
    trainable: Literal["all", "opt_in", "none"] = Field(
        "all", description="May all Interactions teach, only those whose sender agreed, or none?"
    )
    redact: bool = Field(True, description="Hide secrets and personal data before anything is stored?")
    max_text_chars: int = Field(
        1_000_000, ge=1000, description="Longer texts, such as one message, are cut when they are recorded."
    )
    hide: dict[str, str] = Field(
        {}, description="Further patterns to hide: a label and an expression in RE2 syntax."
    )
    keep_days: float = Field(90, gt=0, description="Interactions older than this are purged.")
    weigh_raters: bool = Field(True, description="Let a rater's word count by how often it proves right?")
    rater_days: float = Field(90, gt=0, description="Raters are known by their votes of so many days.")
