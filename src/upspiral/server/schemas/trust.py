"""What does the evaluation of a whole workflow hold?"""

from pydantic import ConfigDict, Field

from upspiral.server.schemas.base import Body
from upspiral.server.schemas.capture import Id, Moment, Quality, Words


class WorkflowBody(Body):
    """How a workflow turned out, said of every recommendation in it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "workflow_id": "move_123",
                    "recommendations": ["int_019b76daa800629f6fbed82c07cd"],
                    "overall_quality_score": 87.5,
                    "feedback": "Great recommendations",
                }
            ]
        }
    )

    id: Id | None = Field(None, description="Made by the sender, so that a repetition is kept once.")
    at: Moment | None = None
    workflow_id: Id
    recommendations: list[Id] = Field([], max_length=1000, description="None means all of the workflow.")
    overall_quality_score: Quality
    feedback: Words | None = None
    evaluator: str = Field("anonymous", max_length=200)
