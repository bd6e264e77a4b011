"""What can be set about capture?"""

import re
from typing import Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from upspiral.capture.pricing.prices import TokenPrices
from upspiral.domain.evaluation import SUCCESS_AT
from upspiral.plugin_kinds import REDACTOR
from upspiral.setting_pairs import keep_order


class CaptureSettings(BaseModel, frozen=True):
    """What counts as success, and what may teach."""

    success_at: float = Field(
        SUCCESS_AT, gt=0, le=1, description="An Outcome with at least this score is a success."
    )
    failure_below: float = Field(0.4, gt=0, le=1, description="An Outcome with a lower score is a failure.")
    trainable: Literal["all", "opt_in", "none"] = Field(
        "all", description="May all Interactions teach, only those whose sender agreed, or none?"
    )
    redact: bool = Field(True, description="Hide secrets and personal data before anything is stored?")
    redactors: tuple[str, ...] = Field(
        ("patterns",), min_length=1, description="Who hides it, one after the other; plug-ins add others."
    )
    max_text_chars: int = Field(
        1_000_000, ge=1000, description="Longer texts, such as one message, are cut when they are recorded."
    )
    hide: dict[str, str] = Field(
        {}, description="Further patterns to hide: a label and an expression in RE2 syntax."
    )
    max_attachment_mb: float = Field(
        20, ge=0, description="A larger picture or other file is not kept; its record says how large it was."
    )
    keep_days: float = Field(90, gt=0, description="Interactions older than this are purged.")
    score_scales: dict[str, tuple[float, float]] = Field(
        {},
        description="Lowest and highest value of scores of other tools, by name, such as `quality = [1, 5]`.",
    )
    prices: dict[str, TokenPrices] = Field(
        {},
        description="Your own prices of a million tokens, by the model's name; they precede published ones.",
    )
    weigh_raters: bool = Field(True, description="Let a rater's word count by how often it proves right?")
    rater_days: float = Field(90, gt=0, description="Raters are known by their votes of so many days.")

    _check_order = model_validator(mode="after")(keep_order(("failure_below", "success_at")))

    @field_validator("redactors")
    @classmethod
    def _check_redactors(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(REDACTOR.check_name(name) for name in names)

    @field_validator("score_scales")
    @classmethod
    def _check_scales(cls, given: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        for name, (low, high) in given.items():
            if not low < high:
                raise ValueError(f"the scale of {name!r} must rise, and goes from {low} to {high}")
        return given


ORIGIN = re.compile(r"\*|https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")
"""An origin as browsers name it in the header `Origin`, or all of them."""


class FeedbackSettings(BaseModel, frozen=True):
    """From where may people rate answers in their browsers, and for how long?"""

    origins: tuple[str, ...] = Field(
        (),
        description="Origins, such as `https://shop.example`, whose pages may send feedback; `*` for all.",
    )
    token_hours: float = Field(
        24, gt=0, le=24 * 90, description="How long a token for a page lets an answer be rated."
    )
    per_minute: int = Field(20, ge=1, description="Requests in a minute with one token.")
    total_per_minute: int = Field(1200, ge=1, description="Requests in a minute with all tokens of a key.")

    _check_order = model_validator(mode="after")(keep_order(("per_minute", "total_per_minute")))

    @field_validator("origins")
    @classmethod
    def _check_origins(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            if not ORIGIN.fullmatch(one):
                raise ValueError(f"{one!r} is no origin: write scheme, host and port, https://shop.example")
        return given
