"""What a route answers with is said once, by its annotation."""

import msgspec
import pytest
from fastapi import FastAPI

from upspiral.errors import ConfigError
from upspiral.server.answers import Answer, TypedRouter, answer_type, json_response


class Noun(msgspec.Struct):
    """Something to answer with."""

    name: str


def get_noun() -> Answer[Noun]:
    """Answer with a noun."""
    return json_response(Noun("n"), 201, at="/nouns/n")


def get_anything() -> Noun:
    """Answer without saying so."""
    return Noun("n")


def test_a_noun_is_answered_as_json_with_its_place() -> None:
    answer = get_noun()
    assert (answer.status_code, answer.body) == (201, b'{"name":"n"}')
    assert answer.headers["location"] == "/nouns/n"
    assert answer.headers["content-type"] == "application/json"


def test_the_annotation_says_what_the_answer_holds() -> None:
    assert answer_type(get_noun) is Noun


def test_a_handler_that_does_not_say_it_lets_no_app_start() -> None:
    with pytest.raises(ConfigError, match="get_anything"):
        TypedRouter().add_api_route("/nouns", get_anything)


def test_an_operation_is_called_as_its_handler() -> None:
    router, app = TypedRouter(), FastAPI()
    router.add_api_route("/nouns", get_noun, methods=["POST"])
    app.include_router(router)
    assert app.openapi()["paths"]["/nouns"]["post"]["operationId"] == "get_noun"
