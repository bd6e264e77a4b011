"""What can be set about the comparison and the gate?"""

from pydantic import BaseModel, Field, field_validator, model_validator

from upspiral.plugin_kinds import SCORER
from upspiral.scorers import check_agreement_scorer
from upspiral.setting_pairs import keep_order

JUDGE_SCORER = "judge"
"""The scorer that asks a model which of two answers is better; see the section `judge`."""


class EvaluateSettings(BaseModel, frozen=True):
    """How candidates are compared, and what the gate asks of them."""

    scorer: str = Field(
        "agreement",
        description="Tells whether an answer is right; `judge` asks which of two is better.",
    )
    max_tokens: int = Field(512, ge=1, description="Longest answer to a held-out case, in tokens.")
    concurrency: int = Field(16, ge=1, le=256, description="Held-out cases answered at the same time.")
    alpha: float = Field(0.05, gt=0, lt=1, description="Chance of any false promotion, over all nights.")
    harm_alpha: float = Field(0.01, gt=0, lt=1, description="Level at which a small slice vetoes.")
    margin: float = Field(
        0.02, ge=0, lt=1, description="A candidate this much worse overall still counts as not worse."
    )
    slice_margin: float = Field(0.1, ge=0, lt=1, description="The same within one slice.")
    forgetting: float = Field(
        0.05,
        ge=0,
        lt=1,
        description="Of what went well before, a candidate may lose this share: feedback errs too.",
    )
    slice_pairs: int = Field(
        150, ge=10, description="Slices with fewer pairs only veto when significantly worse."
    )
    slice_least: int = Field(8, ge=2, description="Slices with fewer pairs are pooled into `rest`.")
    min_pairs: int = Field(10, ge=1, description="With fewer pairs nothing can be shown.")
    max_void: float = Field(0.05, ge=0, lt=1, description="Refuse when more cases than this went unanswered.")

    guards: tuple[str, ...] = Field(
        (),
        description="Scorers that refuse a candidate which breaks them more often: format, schema, length, "
        "language, no-refusal, secrets, tool-schema, or your own.",
    )
    judge_labels: int = Field(
        60, ge=2, description="Pairs that people must have labeled before a judge's verdicts decide anything."
    )
    judge_label_days: float = Field(
        90, gt=0, description="Labels of earlier comparisons tell a judge's error for so many days."
    )
    judge_floor: float = Field(
        0.6, ge=0.5, lt=1, description="A judge that prefers what people prefer less often decides nothing."
    )

    @property
    def is_judged(self) -> bool:
        """Does a judge compare answers, in the place of a scorer?"""
        return self.scorer == JUDGE_SCORER

    @field_validator("guards")
    @classmethod
    def _check_guards(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(SCORER.check_name(name) for name in names)

    _check_order = model_validator(mode="after")(keep_order(("slice_least", "slice_pairs")))

    @field_validator("scorer")
    @classmethod
    def _compares_meanings(cls, name: str) -> str:
        if name == JUDGE_SCORER:
            return name
        return check_agreement_scorer(name, instead="choose exact, agreement or judge")
