"""An id in a body is as short as the index it ends up in allows, in whatever field or list it is sent."""

import pytest
from pydantic import TypeAdapter, ValidationError

from upspiral.server.schemas.capture import Id
from upspiral.server.schemas.responses import RatedBody
from upspiral.server.schemas.trust import WorkflowBody

LONG = "🤖" * 200


@pytest.mark.parametrize(
    ("body", "given"),
    [
        (RatedBody, {"responseId": LONG, "rating": 2.0}),
        (RatedBody, {"responseId": "r", "userId": LONG, "rating": 2.0}),
        (WorkflowBody, {"workflow_id": LONG, "overall_quality_score": 50}),
        (WorkflowBody, {"workflow_id": "w", "recommendations": ["r", LONG], "overall_quality_score": 50}),
    ],
)
def test_an_id_of_too_many_bytes_is_refused_where_it_is_sent(
    body: type[RatedBody] | type[WorkflowBody], given: dict[str, object]
) -> None:
    with pytest.raises(ValidationError, match="it has 200 characters"):
        body.model_validate(given)


def test_an_id_with_a_character_that_no_database_keeps_is_refused() -> None:
    with pytest.raises(ValidationError, match="U\\+0000"):
        TypeAdapter(Id).validate_python("a\0b")
    assert TypeAdapter(Id).validate_python("ü" * 200) == "ü" * 200
