"""What does feedback on a response hold, with or without the response itself?"""

from typing import Annotated, Literal

from pydantic import AliasChoices, ConfigDict, Field

from upspiral.server.schemas.base import Body
from upspiral.server.schemas.capture import Action, Id, Moment, Words


class OpinionBody(Body):
    """What somebody thinks of a response, whichever it is."""

    thumbs: Literal["up", "down"] | None = None
    rating: float | None = Field(None, ge=1, le=5)
    labels: list[Annotated[str, Field(max_length=100)]] = Field([], max_length=20)
    actions: list[Action] = Field(
        [], max_length=2, description="What was done with the answer: copied it, or continued with it."
    )
    comment: Words | None = None
    correction: Words | None = None


class PageRatingBody(OpinionBody):
    """Feedback on the response that a token is for, as a page sends it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"thumbs": "down", "labels": ["too long"], "comment": "Too long."}]}
    )

    response_id: Id | None = Field(
        None,
        validation_alias=AliasChoices("responseId", "response_id"),
        description="Where it is named, it must be that of the token.",
    )


class RatedBody(OpinionBody):
    """Feedback on a response, by the server of an application."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"responseId": "r1", "rating": 5, "labels": ["helpful"]}]}
    )

    response_id: Id = Field(validation_alias=AliasChoices("responseId", "response_id"))
    user_id: Id | None = Field(None, validation_alias=AliasChoices("userId", "user_id"))


class ResponseBody(RatedBody):
    """A model's response together with the feedback on it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"responseId": "r1", "modelId": "gpt", "query": "Hi", "response": "Hello", "thumbs": "up"}
            ]
        }
    )

    model_id: Id = Field(validation_alias=AliasChoices("modelId", "model_id"))
    query: Words
    response: Words
    timestamp: Moment | None = None
