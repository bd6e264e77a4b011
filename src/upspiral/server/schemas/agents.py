"""What does a request about agents hold?"""

from pydantic import ConfigDict, Field

from upspiral.server.schemas.base import Body


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

    name: str = Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$", examples=["support"])
    model: ModelBody
    teacher: ModelBody | None = None
    instructions: str = Field("", max_length=100_000)
    max_tokens: int | None = Field(None, ge=1)
