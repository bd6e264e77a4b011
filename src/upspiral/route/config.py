"""What can be set about routing and trust?"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from upspiral.plugin_kinds import ROUTING_POLICY
from upspiral.setting_pairs import keep_order

METRICS_FILE = Path("~/.upspiral/performance_metrics.json")
"""Where the JSON file of the profiles is kept when only `default` is said."""


class RouteSettings(BaseModel, frozen=True):
    """Who is chosen, how fast the past fades, and what a change is."""

    policy: str = Field("thompson", description="How an agent is chosen where the caller names none.")
    half_life: float = Field(
        10_000, gt=0, description="Labeled conversations after which an outcome counts half."
    )
    floor: float = Field(
        0.002,
        ge=0,
        le=0.01,
        description="Nobody's chance is lower, so that a change is noticed; all floors take at most 1 %, and "
        "the floor of an agent that fails to deliver falls with each failure in a row.",
    )
    run_length: float = Field(
        10_000, ge=10, description="An unchanged agent raises one false alarm in so many outcomes, at most."
    )
    kept: float = Field(
        3, ge=0, description="Outcomes that a domain's past still counts after an alarm elsewhere."
    )
    sharpness: float = Field(
        4.0, ge=1, le=100, description="thompson: how often each outcome counts; 1 explores most."
    )
    cost_weight: float = Field(
        0.02, ge=0, description="Success given up to save what the dearest agent costs."
    )
    latency_weight: float = Field(
        0.01, ge=0, description="Success given up to save the time the slowest agent takes."
    )
    epsilon: float = Field(0.1, ge=0, le=1, description="Share that epsilon_greedy explores.")
    optimism: float = Field(1.0, ge=0, description="Width of linucb's bonus for the unknown.")
    leave_out_below: float = Field(
        0.3, ge=0, le=1, description="threshold: an agent less accurate in the domain is left out."
    )
    boost_above: float = Field(0.7, ge=0, le=1, description="threshold: a more accurate one is boosted.")
    boost: float = Field(0.2, ge=0, description="threshold: by so much.")
    mode: Literal["single", "ensemble", "cascade"] = Field(
        "single", description="What `auto` means: one agent, several at once, or one after the other."
    )
    speed: bool = Field(
        False,
        description="Should answers come soon rather than be good? Metadata `speed` says it per request.",
    )
    verifier: str | None = Field(
        None, description="Agent that says in a number from 0 to 1 how likely an answer is right."
    )
    metrics_file: Path | None = Field(
        None,
        description="JSON file of the profiles, kept up to date; `default` puts it into your home.",
    )
    min_width: int = Field(2, ge=1, le=20, description="Agents asked in parallel, at least.")
    max_width: int = Field(5, ge=1, le=20, description="Agents asked in parallel, at most.")
    max_depth: int = Field(3, ge=1, le=10, description="Answers a cascade tries, at most.")

    _check_order = model_validator(mode="after")(
        keep_order(("min_width", "max_width"), ("leave_out_below", "boost_above"))
    )

    @field_validator("policy")
    @classmethod
    def _check_policy(cls, name: str) -> str:
        return ROUTING_POLICY.check_name(name)

    @field_validator("metrics_file", mode="before")
    @classmethod
    def _expand_home(cls, given: object) -> object:
        """Put the file where other routers have it, if its place is not said; `~` is the home."""
        if given is None:
            return None
        return (METRICS_FILE if str(given) == "default" else Path(str(given))).expanduser()
