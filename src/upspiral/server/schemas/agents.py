"""What does a request about agents hold?"""

from typing import Annotated

from pydantic import ConfigDict, Field

from upspiral.server.schemas.base import Body
from upspiral.server.schemas.nights import LeverNames

NAME = r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$"
"""How an agent may be called."""


class ModelBody(Body):
    """Where a model answers."""

    model: str = Field(
        min_length=3, max_length=500, examples=["local:models/support", "openai-compatible:gpt-4.1-mini"]
    )
    url: str | None = Field(None, max_length=2000, examples=["https://api.openai.com/v1"])
    key_env: str | None = Field(None, max_length=200, description="Environment variable that holds the key.")


class AgentBody(Body):
    """A new agent."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "support",
                    "model": {"model": "openai-compatible:gpt-4.1-mini", "url": "https://api.openai.com/v1"},
                }
            ]
        }
    )

    name: str = Field(pattern=NAME, examples=["support"])
    description: str = Field("", max_length=2_000)
    model: ModelBody
    teacher: ModelBody | None = None
    instructions: str = Field("", max_length=100_000)
    max_tokens: int | None = Field(None, ge=1)


class AgentChangeBody(Body):
    """What is to be different about an agent; what is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"description": "Answers about parcels."}]})

    name: str | None = Field(None, pattern=NAME, description="Another name; everything recorded moves along.")
    description: str | None = Field(None, max_length=2_000)
    teacher: ModelBody | None = Field(None, description="Null takes the teacher away.")
    levers: LeverNames | None = Field(
        None, description="The only levers that its nights may use; empty for those of the settings."
    )
    shadow_share: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Part of its requests that a candidate answers a copy of; null for the setting.",
    )
    budget_tokens: int | None = Field(
        None,
        ge=0,
        le=10**15,
        description="Tokens that a night may use of paid models; null for what the settings allow.",
    )
    budget_usd: float | None = Field(
        None, ge=0, le=1e9, description="US dollars that a night may spend; the smaller limit rules."
    )
    url: str | None = Field(None, max_length=2000, description="Base URL of the live version's model.")
    key_env: str | None = Field(None, max_length=200, description="Environment variable with its key.")


class ShownBody(Body):
    """A question with its answer, shown to the model before every request."""

    question: str = Field(min_length=1, max_length=20_000)
    answer: str = Field(min_length=1, max_length=20_000)


class VersionBody(Body):
    """What the new version changes; what is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"rules": ["Vouchers cannot be paid out; offer another one."]}]}
    )

    of: str | None = Field(
        None, max_length=200, description="The version it begins from; the live one by default."
    )
    instructions: str | None = Field(None, max_length=100_000)
    rules: list[Annotated[str, Field(min_length=1, max_length=2_000)]] | None = Field(
        None, max_length=100, description="All guidelines of the new version, each a sentence or two."
    )
    examples: list[ShownBody] | None = Field(None, max_length=50, description="All examples it shows.")
    memory: str | None = Field(
        None,
        max_length=200,
        description="The memory whose nearest answers it shows: an id, `live` or `latest`; `none` for none.",
    )


class MemoryBody(Body):
    """Out of which Dataset a memory is made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"dataset": None}]})

    dataset: str | None = Field(None, max_length=200, description="Its id; the newest by default.")


class MigrationBody(Body):
    """Which model an agent is to move to, and on how much it is tried."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"model": {"model": "gpt-5.1"}}]})

    model: ModelBody = Field(
        description="The other model. What is left out is as of the model that answers now: a name alone is "
        "of the same provider, with its URL and key."
    )
    cases: int = Field(
        2_000, ge=1, le=20_000, description="At most so many of the newest good conversations."
    )
    recorded: bool = Field(
        False,
        description="Let recorded answers stand for the model that answers now; they do in any case where it "
        "can no longer be asked.",
    )
    levers: bool = Field(
        True,
        description="Where the other model is worse, try levers that may make up for it: examples, rules and "
        "instructions that learn from a part of the conversations and are proven on the others.",
    )
    deploy: bool = Field(False, description="Roll the other model out as a canary where the verdict allows.")
    force: bool = Field(False, description="Roll it out whatever the verdict is; this is logged.")
    share: float | None = Field(None, gt=0, lt=1, description="Part of the conversations for the canary.")
