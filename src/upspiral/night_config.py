"""What can be set about nights, their levers, and everything else that recurs?"""

from pydantic import BaseModel, Field, field_validator

from upspiral.domain.schedule import PATTERN
from upspiral.plugin_kinds import LEVER, NOTIFIER


class CycleSettings(BaseModel, frozen=True):
    """When the night falls and how often it looks."""

    at: str = Field("02:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="When the night begins.")
    nightly: bool = Field(True, description="Does a server start the nights by itself?")
    window_days: float = Field(7, gt=0, description="How far back a look for weaknesses by day goes.")
    evidence_days: float = Field(
        60, gt=0, description="A night learns from what happened or was judged in so many days."
    )
    max_evidence: int = Field(50_000, ge=100, description="And from at most so many answers, the newest.")
    retry_growth: float = Field(
        0.25,
        ge=0,
        description="After a candidate was refused, nights wait until so much more, as a share, is rated.",
    )
    training_every_s: float = Field(5, gt=0, description="Seconds between two looks at a training job.")
    canary_every_s: float = Field(300, gt=0, description="Seconds between two looks at a canary.")
    lease_s: float = Field(
        60, gt=0, description="Another server goes on with the nights of one that was silent for so long."
    )
    notifiers: tuple[str, ...] = Field(
        ("night-log",), description="Who is told what happens in nights; plug-ins add others."
    )
    disk_free_gb: float = Field(2, ge=0, description="A night needs so much free disk.")
    budget_tokens: int | None = Field(None, ge=0, description="Tokens that a night may use of paid models.")
    budget_usd: float | None = Field(None, ge=0, description="US dollars that a night may spend on them.")

    @field_validator("notifiers")
    @classmethod
    def _check_notifiers(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(NOTIFIER.check_name(name) for name in names)


class LeverSettings(BaseModel, frozen=True):
    """By which changes nights try to make an agent better."""

    enabled: tuple[str, ...] = Field(
        ("examples", "rules", "instructions", "model", "adapter"),
        description="Which levers nights may use; agents may have a list of their own.",
    )
    select: float = Field(
        0.25,
        ge=0,
        lt=1,
        description="Share of the cases that are not held out, on which the drafts of levers compete.",
    )
    models: tuple[str, ...] = Field((), description="Models that the lever `model` may put behind an agent.")
    approval: str = Field(
        "never",
        pattern=r"^(never|always|first:[1-9]\d{0,3})$",
        description="Does a person approve learned texts: `never`, `always`, or the `first:N` of an agent?",
    )
    approval_days: float = Field(
        14, gt=0, description="A text that nobody has answered for is forgotten after so many days."
    )
    search_answers: int = Field(
        120,
        ge=0,
        description="Answers that the search for instructions may ask for, where the extra `prompts` is "
        "installed; 0 asks the teacher once instead.",
    )
    remember_days: float = Field(
        90, gt=0, description="What a lever brought in so many days says what is expected of it."
    )
    usd_per_million_tokens: float = Field(
        3, ge=0, description="Counted where a model's price is not known, to compare what levers cost."
    )
    usd_per_hour: float = Field(
        2, ge=0, description="Counted for an hour of this machine's training, to compare what levers cost."
    )

    @field_validator("enabled")
    @classmethod
    def _check_levers(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(LEVER.check_name(name) for name in names)


class ScheduleSettings(BaseModel, frozen=True):
    """When a server does what comes again and again, in the workspace's time zone."""

    next_turn: str = Field(
        "daily 00:10", pattern=PATTERN, description="Answers are judged by what came after them."
    )
    judge: str = Field("daily 00:20", pattern=PATTERN, description="A judge grades a sample of the day.")
    raters: str = Field("daily 00:30", pattern=PATTERN, description="How much each rater counts.")
    refresh: str = Field(
        "daily 01:00", pattern=PATTERN, description="Learned patterns are held against what came since."
    )
    learning: str = Field("daily 02:00", pattern=PATTERN, description="The learning cycle.")
    weaknesses: str = Field(
        "monday 03:00", pattern=PATTERN, description="Every agent's weaknesses are looked for."
    )
    trust: str = Field("every 6h", pattern=PATTERN, description="Trust is recomputed from all facts.")
    purge: str = Field("sunday 04:00", pattern=PATTERN, description="What is too old is forgotten.")
