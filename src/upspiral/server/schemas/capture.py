"""What does a record of what happened hold, and what a word about it?"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Tag,
)
from pydantic_core import PydanticCustomError

from upspiral.plugin_kinds import IMPORTER
from upspiral.server.schemas.base import BATCH, ONE, Body, Storable, is_batch_of
from upspiral.server.schemas.items import Leniently
from upspiral.storable import faults
from upspiral.storable.limits import MAX_NAME


def _check_name(value: str) -> str:
    """Refuse an id that no index takes, in whatever field or list it stands."""
    for fault in faults(value, limit=MAX_NAME):
        raise PydanticCustomError("not_storable", "{reason}", {"reason": fault.reason})
    return value


Id = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_check_name)]
Words = Annotated[str, Field(max_length=1_000_000)]


def _read_moment(value: object) -> object:
    """Read a moment; without a zone it is one in UTC."""
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return value


Moment = Annotated[datetime, BeforeValidator(_read_moment)]
Metadata = Annotated[dict[Annotated[str, Field(max_length=200)], Words], Field(max_length=200)]


class MessageBody(Body):
    """One message of a conversation: text, or parts as OpenAI or Anthropic write them."""

    model_config = ConfigDict(extra="allow")
    READ_LATER = frozenset(("content", "parts"))

    role: str = Field(max_length=100, examples=["user"])
    content: Words | list[JsonValue] | None = None
    parts: list[JsonValue] = Field([], max_length=10_000)
    name: str | None = Field(None, max_length=500)
    tool_call_id: str | None = Field(None, max_length=200)
    tool_calls: list[JsonValue] | None = Field(None, max_length=10_000)
    joined: bool = False
    extra: dict[str, JsonValue] | None = None


class ToolCallBody(Body):
    """One call of a tool."""

    name: str = Field(max_length=500)
    arguments: Words = ""
    id: str | None = Field(None, max_length=200)
    result: Words | None = None
    error: Words | None = None
    duration_ms: float | None = Field(None, ge=0)


class UsageBody(Body):
    """What an answer consumed."""

    input_tokens: int = Field(0, ge=0, le=2**31 - 1)
    output_tokens: int = Field(0, ge=0, le=2**31 - 1)
    cost: float | None = Field(None, ge=0, description="Left out where it is not known.")
    cache_read_tokens: int = Field(0, ge=0, le=2**31 - 1)
    cache_write_tokens: int = Field(0, ge=0, le=2**31 - 1)
    reasoning_tokens: int = Field(0, ge=0, le=2**31 - 1)


class OptionsBody(Body):
    """What a request says besides its messages, as the API has it in which it was asked."""

    model_config = ConfigDict(extra="allow")

    api: str = Field("", max_length=100)
    tools: list[dict[str, JsonValue]] = Field([], max_length=1000)
    tool_choice: JsonValue = None
    response_format: JsonValue = None
    sampling: dict[str, JsonValue] = Field(default_factory=dict, max_length=200)
    extra: dict[str, JsonValue] | None = None


class InteractionBody(Body):
    """A request that somebody else answered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "agent": "support",
                    "messages": [{"role": "user", "content": "Where is it?"}],
                    "answer": "On its way.",
                }
            ]
        }
    )

    id: Id | None = Field(None, description="Made by the sender, so that a repetition is kept once.")
    agent: Id
    at: Moment | None = Field(None, examples=["2026-01-05T12:00:00Z"])
    kind: Literal["chat", "task", "recommendation"] = "chat"
    messages: list[MessageBody] = Field(min_length=1, max_length=10_000)
    options: OptionsBody | None = None
    answer: Words = ""
    answer_parts: list[JsonValue] = Field(
        [], max_length=10_000, description="The answer in parts, where it is more than text."
    )
    model: str = Field("", max_length=500)
    conversation: Id | None = None
    trace: Id | None = None
    end_user: Id | None = None
    client_id: Id | None = Field(None, description="The sender's own id, by which feedback may refer to it.")
    tool_calls: list[ToolCallBody] = Field([], max_length=10_000)
    usage: UsageBody = Field(default_factory=UsageBody)
    latency_ms: float = Field(0, ge=0)
    error: Words | None = None
    trainable: bool = True
    metadata: Metadata = Field(default_factory=dict)


class InteractionBatch(Body):
    """Up to 1,000 of them; the good ones are kept, and what is wrong with each other is told."""

    READ_LATER = frozenset(("interactions",))

    interactions: list[Annotated[InteractionBody, Leniently]] = Field(min_length=1, max_length=1000)


Interactions = Annotated[
    Annotated[InteractionBody, Tag(ONE)] | Annotated[InteractionBatch, Tag(BATCH)],
    Discriminator(is_batch_of("interactions")),
]


class InteractionQuery(Storable):
    """Which Interactions are asked for; all that is given must hold."""

    agent: Id | None = None
    model: Id | None = None
    conversation: Id | None = None
    trace: Id | None = None
    end_user: Id | None = None
    client_id: Id | None = None
    kind: Literal["chat", "task", "recommendation"] | None = None
    status: Literal["unknown", "success", "failure"] | None = None
    since: Moment | None = None
    until: Moment | None = Field(None, description="Before this moment.")
    limit: int = Field(100, ge=1, le=1000, description="Rows of one page.")
    after: str | None = Field(None, max_length=500, description="`next` of the page before.")


class RaterQuery(Storable):
    """Which raters are asked for."""

    name: Id | None = Field(None, description="Only raters of this name.")
    below: float | None = Field(None, ge=0, le=10, description="Only those who weigh less.")
    limit: int = Field(100, ge=1, le=1000, description="Rows of one page.")
    after: str | None = Field(None, max_length=500, description="`next` of the page before.")


Action = Literal["copied", "continued"]
"""What a person may do with an answer, as in `domain.feedback.ACTIONS`."""


class FeedbackBody(Body):
    """One signal about an Interaction, named by any one of its ids."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "interaction": "int_019b76daa800629f6fbed82c07cd",
                    "thumbs": "down",
                    "correction": "Tomorrow.",
                }
            ]
        }
    )

    id: Id | None = Field(None, description="Made by the sender, so that a repetition is kept once.")
    interaction: Id | None = None
    trace: Id | None = None
    conversation: Id | None = Field(None, description="Its newest turn is meant.")
    client_id: Id | None = None
    at: Moment | None = None
    thumbs: Literal["up", "down"] | None = None
    rating: float | None = Field(None, ge=1, le=5, description="1 to 5 stars.")
    score: float | None = Field(None, ge=0, le=1)
    correction: Words | None = Field(None, description="What should have been said.")
    comment: Words | None = None
    action: Action | None = Field(
        None, description="What was done with the answer; heard once people's ratings show what it tells."
    )
    label: str | None = Field(None, max_length=500)
    rater: str = Field("anonymous", max_length=200)
    source: Literal["human_evaluation", "user_rating", "verifier", "judge", "implicit", "self_confidence"] = (
        "user_rating"
    )
    wait: bool = Field(False, description="Keep it until the Interaction of that id comes.")


class FeedbackBatch(Body):
    """Up to 1,000 signals; the good ones are kept, and what is wrong with each other is told."""

    READ_LATER = frozenset(("feedback",))

    feedback: list[Annotated[FeedbackBody, Leniently]] = Field(min_length=1, max_length=1000)


Signals = Annotated[
    Annotated[FeedbackBody, Tag(ONE)] | Annotated[FeedbackBatch, Tag(BATCH)],
    Discriminator(is_batch_of("feedback")),
]


class ImportBody(Body):
    """Lines of a file, in one of the formats that can be read."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lines": ['{"messages": [{"role": "user", "content": "Hi"}], "answer": "Hello"}'],
                    "agent": "support",
                }
            ]
        }
    )

    READ_LATER = frozenset(("lines",))
    lines: list[str] = Field(min_length=1, max_length=2000)
    first_line: int = Field(1, ge=1)
    format: Annotated[str, AfterValidator(IMPORTER.check_name)] = Field(
        "chat-jsonl", description="Name of an import format, such as `langfuse`; plug-ins add others."
    )
    agent: Id | None = None
    mapping: dict[str, str] = Field(default_factory=dict)
    tool_tag: str | None = Field(None, max_length=50)
    scales: dict[str, tuple[float, float]] = Field(
        default_factory=dict, description="Lowest and highest value of scores, by name."
    )
    copies: list[int] = Field(
        default_factory=list, max_length=2000, description="Equal lines of the file before each of these."
    )


def _either(*names: str) -> Any:
    return AliasChoices(*names)


class RecommendationBody(Body):
    """What an agent recommends."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "agent_id": "STRAT-01",
                    "type": "strategy",
                    "content": {"channels": ["linkedin"]},
                    "confidence": 0.85,
                }
            ]
        }
    )

    id: Id | None = None
    at: Moment | None = None
    workspace: str | None = Field(
        None,
        max_length=200,
        validation_alias=_either("workspace", "workspace_id"),
        description="Not kept; the key says whose it is.",
    )
    agent_id: Id
    agent_name: str = Field("", max_length=200)
    type: str = Field(
        "other",
        max_length=100,
        validation_alias=_either("type", "recommendation_type"),
        examples=["strategy", "content", "channel", "budget", "timing", "other"],
    )
    content: JsonValue = Field(validation_alias=_either("content", "recommendation_content"))
    confidence: float | None = Field(
        None, ge=0, le=1, validation_alias=_either("confidence", "confidence_score")
    )
    reasoning: Words | None = None
    evidence: JsonValue = None
    correlation_id: Id | None = None
    workflow_id: Id | None = None
    deadline_ms: float | None = Field(None, ge=0, description="When it was wanted, after it was asked for.")
    latency_ms: float = Field(0, ge=0)


Quality = Annotated[float, Field(ge=0, le=100)]


class EvaluationBody(Body):
    """How a recommendation turned out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "recommendation_id": "int_019b76daa800629f6fbed82c07cd",
                    "status": "approved",
                    "quality": 87.5,
                }
            ]
        }
    )

    id: Id | None = None
    at: Moment | None = None
    recommendation_id: Id
    status: Literal["approved", "rejected", "partial", "pending"] | None = None
    quality: Quality | None = Field(None, validation_alias=_either("quality", "overall_quality_score"))
    dimensions: dict[str, Quality] = Field(
        {}, max_length=50, validation_alias=_either("dimensions", "quality_scores")
    )
    comments: Words | None = Field(None, validation_alias=_either("comments", "evaluator_feedback"))
    accuracy_impact: float = Field(
        0, ge=-1, le=1, description="Added to the move of the agent's accuracy, before a tenth is taken."
    )
    consistency_impact: float = Field(0, ge=-1, le=1, description="The same for its consistency.")
    rank: int | None = Field(None, ge=1, le=10_000, description="1 is the best.")
    alternatives: list[Annotated[str, Field(max_length=500)]] = Field([], max_length=1000)
    evaluator: str = Field("anonymous", max_length=200)


class LearningBody(Body):
    """What the learning cycle looks at."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"lookback_days": 7, "min_pattern_confidence": 0.7}]}
    )

    lookback_days: float = Field(7, gt=0, le=3650)
    min_pattern_confidence: float = Field(0.7, ge=0, le=1)
