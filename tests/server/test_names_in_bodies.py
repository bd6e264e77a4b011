"""A name in a body is as short as the index that it ends up in allows, under whatever field it is sent."""

from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from upspiral.server.schemas import capture
from upspiral.server.schemas.base import Storable
from upspiral.storable import NAMES


def named_fields() -> Iterator[tuple[type[Storable], str]]:
    """Give the fields of bodies that hold an id."""
    for body in vars(capture).values():
        if isinstance(body, type) and issubclass(body, Storable):
            fields = body.model_json_schema(by_alias=False)["properties"]
            for name, schema in fields.items():
                if any(one.get("maxLength") == 200 for one in (schema, *schema.get("anyOf", ()))):
                    yield body, name


@pytest.mark.parametrize(("body", "name"), sorted(named_fields(), key=str))
def test_every_id_of_a_body_has_the_limit_of_a_name(body: type[Storable], name: str) -> None:
    assert name in NAMES


def test_an_id_of_too_many_bytes_is_refused_where_it_is_sent() -> None:
    with pytest.raises(ValidationError, match=r"response_id\n.*it has 200 characters"):
        capture.RatedBody.model_validate({"responseId": "🤖" * 200, "rating": 2.0})
