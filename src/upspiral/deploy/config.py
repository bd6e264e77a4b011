"""What can be set about letting versions out?"""

from pydantic import BaseModel, Field, model_validator

from upspiral.setting_pairs import keep_order


class DeploySettings(BaseModel, frozen=True):
    """How carefully a candidate is rolled out, and how it is hosted."""

    canary_share: float = Field(0.1, gt=0, lt=1, description="Part of the conversations a canary answers.")
    canary_max_share: float = Field(
        0.5, gt=0, lt=1, description="Up to this part, where a verdict would else come too late."
    )
    canary_max_days: float = Field(14, gt=0, description="After so long without a verdict it is withdrawn.")
    canary_min_outcomes: int = Field(20, ge=1, description="Labeled canary conversations before any verdict.")
    alpha: float = Field(0.05, gt=0, lt=1, description="Chance of rolling back a canary that is not worse.")
    promote_alpha: float = Field(
        0.05, gt=0, lt=1, description="Chance of promoting one that is worse by the margin."
    )
    margin: float = Field(0.02, ge=0, lt=1, description="A canary this much worse still counts as not worse.")
    min_success: float | None = Field(None, ge=0, le=1, description="Roll back below this success rate.")
    max_p95_ms: float | None = Field(
        None, gt=0, description="Roll back above this 95th percentile of latency."
    )
    shadow_share: float = Field(
        0,
        ge=0,
        le=1,
        description="Part of the requests that a candidate answers a copy of, unseen, while it is a canary "
        "or waits for labels; agents may have a share of their own.",
    )
    shadow_daily_tokens: int | None = Field(
        200_000,
        ge=0,
        description="Tokens that these copies may take of paid models in a day, for each agent.",
    )
    shadow_daily_usd: float | None = Field(
        None, ge=0, description="US dollars that they may cost in a day, for each agent."
    )
    threads: int = Field(2, ge=1, description="CPU threads of the local host.")
    max_batch: int = Field(16, ge=1, description="Requests the local host answers at once.")
    probe_question: str = Field(
        "Hello", min_length=1, description="A version must answer this before it meets users."
    )
    start_timeout_s: float = Field(120, gt=0, description="How long the local host may take to start.")
    probe_tolerance: float = Field(
        0.05, gt=0, description="Largest difference of a log-probability in the probe."
    )

    _check_order = model_validator(mode="after")(keep_order(("canary_share", "canary_max_share")))
