"""What can be set about curating?"""

from typing import Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from upspiral.scorers import check_agreement_scorer
from upspiral.setting_pairs import keep_order


class CurateSettings(BaseModel, frozen=True):
    """How failures become teaching cases."""

    scorer: str = Field("agreement", description="Tells whether two answers say the same.")
    votes: int = Field(2, ge=2, le=5, description="Independent answers of the teacher; one more on dissent.")
    concurrency: int = Field(8, ge=1, le=256, description="Questions put to the teacher at the same time.")
    max_tokens: int = Field(1024, ge=1, description="Longest answer of the teacher, in tokens.")
    temperature: float | None = Field(None, ge=0, description="Of the teacher; its own default when unset.")
    max_busy_wait_s: float = Field(
        1800, ge=0, description="A teacher that is asked too often is waited for so long, per question."
    )
    max_void: float = Field(
        0.5, gt=0, le=1, description="The night fails when the teacher fails for more than this share."
    )
    min_quality: float = Field(
        0,
        ge=0,
        le=1,
        description="Keep a rewrite from this score of the scorer `heuristic` on, against the failed answer.",
    )
    teach_below: float = Field(
        0,
        ge=0,
        le=1,
        description="Also teach answers below this score that did not fail; 0 for failures alone.",
    )
    max_taught: int = Field(1000, ge=1, description="Failures put to the teacher in one night.")
    corrections: Literal["trusted", "verified", "ignored"] = Field(
        "verified",
        description="Teach users' corrections as they are, only where the teacher agrees, or never?",
    )
    public_min_days: float = Field(
        7, ge=0, description="Whoever rates from a page teaches nothing before being known for so many days."
    )
    public_daily: int = Field(
        10, ge=0, description="At most so many cases of one day that only one person's page rated."
    )
    public_lifetime: int = Field(
        50,
        ge=0,
        description="At most so many cases, in all sets together, that only one person's page rated.",
    )
    public_rows: int = Field(
        5, ge=0, description="So many cases of one set that only one person's page rated are always allowed."
    )
    public_share: float = Field(
        0.01, ge=0, le=1, description="More of them are allowed up to this share of the set."
    )
    public_burst_minutes: float = Field(
        10,
        gt=0,
        description="Many more people than usual who rate first within so many minutes count as one.",
    )
    replay_ratio: float = Field(
        1.0, ge=0, description="Good answers of the agent's own that are repeated per taught case."
    )
    heldout: float = Field(0.3, gt=0, lt=1, description="Share of the cases kept back for the comparison.")
    heldout_successes: int = Field(
        800, ge=0, description="At most so many good answers are kept back, so that harm is seen."
    )
    recorded_cases: int = Field(
        1000,
        ge=0,
        description="Where a judge compares answers, at most so many recorded conversations are kept back, "
        "rated or not; 0 for rated ones alone.",
    )
    memory_shown: int = Field(
        5, ge=1, le=50, description="At most so many remembered answers are shown before a request."
    )
    memory_max_tokens: int = Field(
        2000, ge=50, description="All remembered answers that are shown have at most about so many tokens."
    )
    memory_max_items: int = Field(
        100_000, ge=1, description="A memory holds at most so many answers, the newest."
    )
    memory_by: str = Field(
        "text",
        pattern=r"^(text|(embedding|model2vec):.+)$",
        description="By what a memory is searched: `text`, `embedding:MODEL` (the endpoint of"
        " analyze.embeddings_url) or `model2vec:FOLDER`.",
    )
    near_duplicate: float = Field(
        0.8, gt=0, le=1, description="Questions that share this part of their letters stay on one side."
    )
    min_failures: int = Field(
        5, ge=1, description="With fewer failures to teach the night rests; replays do not count."
    )
    hoped_fixes: float = Field(
        0.6, gt=0.5, le=1, description="Share of the taught failures that a good candidate is hoped to fix."
    )
    alpha: float = Field(
        0.005, gt=0, lt=0.5, description="Level at which the held-out cases must be able to show the gain."
    )
    power: float = Field(
        0.8, gt=0, lt=1, description="Chance with which the held-out cases must show the hoped gain."
    )

    _check_order = model_validator(mode="after")(keep_order(("memory_shown", "memory_max_items")))

    @field_validator("scorer")
    @classmethod
    def _compares_meanings(cls, name: str) -> str:
        return check_agreement_scorer(name, instead="set curate.min_quality, for example to 0.7")
