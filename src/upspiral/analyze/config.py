"""What can be set about the search for weaknesses?"""

from pydantic import BaseModel, Field

from upspiral.analyze.recommendations.config import LearningSettings


class AnalyzeSettings(BaseModel, frozen=True):
    """When a group of failures is a weakness."""

    min_failures: int = Field(5, ge=2, description="Failing conversations a weakness needs at least.")
    tolerated_failure_rate: float = Field(
        0.2, ge=0, lt=1, description="A group that fails this often is noise."
    )
    false_discoveries: float = Field(
        0.1, gt=0, lt=1, description="Expected share of reported weaknesses that are none."
    )
    likeness: float = Field(
        0.3, gt=0, lt=1, description="Cosine similarity at which a text belongs to a group."
    )
    embeddings_url: str | None = Field(
        None, description="Endpoint of OpenAI's embeddings for the search by likeness; words alone without."
    )
    embeddings_model: str = Field("text-embedding-3-small", description="The model's name there.")
    embeddings_key_env: str | None = Field(None, description="Environment variable with its key.")
    naming_url: str | None = Field(
        None,
        description="Endpoint of OpenAI's chat completions that names weaknesses; their own words without.",
    )
    naming_model: str = Field("gpt-4o-mini", description="The model's name there.")
    naming_key_env: str | None = Field(None, description="Environment variable with its key.")
    learning: LearningSettings = LearningSettings()
