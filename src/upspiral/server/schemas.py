"""What crosses the wire: the bodies that the REST routes read."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Body(BaseModel):
    """A request body; fields that it does not know are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ModelBody(Body):
    """Where a model answers."""

    model: str = Field(
        min_length=3, max_length=500, examples=["local:models/support", "openai-compatible:gpt-4.1-mini"]
    )
    url: str | None = Field(None, max_length=2000, examples=["https://api.openai.com/v1"])
    key_env: str | None = Field(None, max_length=200, description="Environment variable that holds the key.")


class AgentBody(Body):
    """A new agent."""

    name: str = Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$", examples=["support"])
    model: ModelBody
    teacher: ModelBody | None = None
    instructions: str = Field("", max_length=100_000)
    max_tokens: int | None = Field(None, ge=1)


class FeedbackBody(Body):
    """One signal about an Interaction."""

    interaction: str = Field(max_length=200)
    thumbs: Literal["up", "down"] | None = None
    rating: float | None = Field(None, ge=1, le=5, description="1 to 5 stars.")
    score: float | None = Field(None, ge=0, le=1)
    correction: str | None = Field(None, max_length=100_000)
    comment: str | None = Field(None, max_length=100_000)
    label: str | None = Field(None, max_length=500)
    rater: str = Field("anonymous", max_length=200)
    source: Literal["human_evaluation", "user_rating", "verifier", "judge", "implicit", "self_confidence"] = (
        "user_rating"
    )


class FeedbackBatch(Body):
    """Up to 1,000 signals, all written or none."""

    feedback: list[FeedbackBody] = Field(min_length=1, max_length=1000)


class InteractionBody(Body):
    """A request that somebody else answered."""

    id: str | None = Field(None, max_length=200)
    agent: str = Field(min_length=1, max_length=200)
    messages: list[dict[str, str]] = Field(min_length=1)
    answer: str = ""
    model: str = ""
    conversation: str | None = None
    end_user: str | None = None
    latency_ms: float = Field(0, ge=0)
    error: str | None = None
    metadata: dict[str, str] = {}


class ImportBody(Body):
    """Lines of a file in the chat-jsonl format."""

    lines: list[str] = Field(min_length=1, max_length=2000)
    first_line: int = Field(1, ge=1)
    agent: str | None = Field(None, max_length=200)
    mapping: dict[str, str] = {}
    tool_tag: str | None = Field(None, max_length=50)


class CycleBody(Body):
    """A night, or one part of it."""

    agent: str
    story: Literal["improve", "curate", "train", "deploy"] = "improve"
    forced: bool = False
    share: float | None = Field(None, gt=0, lt=1)
    dataset: str | None = None
    version: str | None = Field(None, description="For deploy: id, name such as support@3, or number.")
    adapter: str | None = Field(
        None, description="For deploy: a LoRA adapter folder of your own, on the server."
    )


class PatternsBody(Body):
    """Analyze one agent now."""

    agent: str
    days: float | None = Field(None, gt=0)


class ComparisonBody(Body):
    """Compare two versions of an agent on held-out cases."""

    agent: str
    candidate: str
    incumbent: str
    dataset: str | None = None


class RollbackBody(Body):
    """Take a version back."""

    agent: str
    reason: str = Field("Taken back by hand.", max_length=1000)
