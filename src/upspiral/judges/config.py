"""What can be set about judges?"""

from pydantic import BaseModel, Field, field_validator

from upspiral.plugin_kinds import JUDGE


class JudgeSettings(BaseModel, frozen=True):
    """Which model judges answers, and how it is asked."""

    name: str = Field("chat-model", description="Who judges; plug-ins add others.")
    url: str | None = Field(None, description="Endpoint of OpenAI's chat completions that is asked.")
    model: str = Field("", description="The model's name there.")
    key_env: str | None = Field(None, description="Environment variable with its key.")
    rubric: str = Field("", description="What makes an answer good here, in your words; the judge reads it.")
    max_answer_chars: int = Field(
        8000, ge=100, description="Letters of each text that the judge is shown; the rest is cut."
    )
    max_tokens: int = Field(1024, ge=16, description="Longest answer of the judge, in tokens.")
    concurrency: int = Field(8, ge=1, le=256, description="Questions put to the judge at the same time.")
    tripwires: int = Field(
        100, ge=0, description="Pairs with a known answer that are put among those of a comparison."
    )
    daily_calls: int = Field(
        0, ge=0, description="Calls in a day to grade recorded answers, drawn at random; 0 for none."
    )

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        return JUDGE.check_name(name)
