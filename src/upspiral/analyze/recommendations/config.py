"""What can be set about the learning cycle?"""

from pydantic import BaseModel, Field


class LearningSettings(BaseModel, frozen=True):
    """Thresholds of the five categories, of rules, and of what counts as known."""

    high_confidence: float = Field(0.8, gt=0, le=1, description="Stated confidence from which it is high.")
    expert_approval: float = Field(
        0.75, ge=0, lt=1, description="An expert is approved more often than this."
    )
    min_pattern_confidence: float = Field(
        0.7, ge=0, le=1, description="Patterns that are less sure are left out."
    )
    false_discoveries: float = Field(
        0.1, gt=0, lt=1, description="Expected share of confirmed patterns that are none."
    )
    min_size: int = Field(10, ge=2, description="Recommendations a pattern needs in each half.")
    min_difference: float = Field(
        0.05, ge=0, lt=1, description="Smaller differences of approval say nothing."
    )
    tested: int = Field(60, ge=1, description="Discovered slices that are tested at most.")
    rule_observations: int = Field(
        20, ge=5, description="Later recommendations that make a proposed rule active."
    )
    rule_days: int = Field(30, ge=1, description="A rule not confirmed for so many days retires.")
