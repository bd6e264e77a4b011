"""What do Langfuse's clients send besides spans?"""

from typing import Any

from pydantic import ConfigDict, Field, JsonValue

from upspiral.server.schemas.base import Storable

MAX_EVENTS = 10_000
"""Events in one batch."""


class LangfuseBatch(Storable):
    """A batch of events; each is read by itself, so that one that is wrong takes no other with it."""

    READ_LATER = frozenset(("batch", "metadata"))
    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "batch": [
                        {
                            "id": "event-1",
                            "type": "generation-create",
                            "timestamp": "2026-01-05T12:00:00Z",
                            "body": {
                                "id": "gen-1",
                                "traceId": "trace-1",
                                "model": "gpt",
                                "input": [{"role": "user", "content": "Where is my parcel?"}],
                                "output": "It comes tomorrow.",
                            },
                        }
                    ]
                }
            ]
        },
    )

    batch: list[JsonValue] = Field(max_length=MAX_EVENTS)
    metadata: JsonValue = None


class LangfuseScore(Storable):
    """A score of a trace, an observation or a session."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [{"id": "score-1", "traceId": "trace-1", "name": "helpful", "value": 1}]
        },
    )

    id: str | None = Field(None, max_length=200)
    name: str = Field(min_length=1, max_length=500)
    traceId: str | None = Field(None, max_length=200)
    observationId: str | None = Field(None, max_length=200)
    sessionId: str | None = Field(None, max_length=200)
    value: float | str | bool | None = None
    dataType: str | None = Field(None, max_length=100)
    comment: str | None = Field(None, max_length=1_000_000)

    def as_row(self) -> dict[str, Any]:
        """Give the score as a row of an export."""
        return self.model_dump(exclude_none=True)
