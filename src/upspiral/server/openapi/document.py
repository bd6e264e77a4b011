"""What does the API look like from outside? One document for every route."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from upspiral.server.answers import answer_type
from upspiral.server.openapi.examples import example_answer
from upspiral.server.openapi.failures import (
    FAILURE_SCHEMAS,
    Codes,
    describe_failures,
    failure_responses,
    list_codes,
    list_errors,
)
from upspiral.server.openapi.schemas import answer_schemas, simplify
from upspiral.server.policy import HotRoute, Policy, errors_of, policy_of

JSON = "application/json"
ABOUT = "LLM applications and agents that get better every night, and never worse."
SECURITY_SCHEMES: Mapping[str, Any] = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key; for servers, never for a page."},
    "feedbackToken": {"type": "http", "scheme": "bearer", "description": "Lets a page rate one answer."},
}
METHODS_THAT_READ = ("get", "delete")
UNUSED = ("HTTPValidationError", "ValidationError")
"""FastAPI's own schemas of a failure, which no route answers with."""


def write_document(app: FastAPI, direct: Iterable[HotRoute]) -> dict[str, Any]:
    """Write the OpenAPI document of every route, the hot path included.

    Args:
        app: The routes that FastAPI answers.
        direct: Those of the hot path.
    """
    said = get_openapi(
        title=app.title,
        version=app.version,
        description=ABOUT,
        routes=app.routes,
        servers=[{"url": "/", "description": "This server."}],
    )
    routes = [one for one in app.routes if isinstance(one, APIRoute) and one.include_in_schema]
    operations = [
        (said["paths"][route.path_format][method.lower()], route)
        for route in routes
        for method in route.methods or ()
    ]
    components = said.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    _describe_answers(operations, schemas)
    for operation, route in operations:
        _show_body_example(operation, schemas)
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = simplify(parameter["schema"])
        _finish(operation, policy_of(route))
    for one in direct:
        hot = {**one.operation, "responses": dict(one.operation["responses"])}
        _finish(hot, one.policy)
        said["paths"].setdefault(one.path, {})[one.method.lower()] = hot
    kept = {name: schemas[name] for name in schemas if name not in UNUSED}
    components["schemas"] = simplify(kept) | FAILURE_SCHEMAS
    components["responses"] = _describe_failures(said["paths"], routes, direct)
    components["securitySchemes"] = SECURITY_SCHEMES
    return said


def _describe_answers(operations: list[tuple[dict[str, Any], APIRoute]], schemas: dict[str, Any]) -> None:
    """Put the schema of each route's answer, with an example, to each of its statuses of success."""
    kinds = [answer_type(route.endpoint) for _, route in operations]
    found, components = answer_schemas(kinds)
    schemas |= components
    for (operation, _), kind, schema in zip(operations, kinds, found, strict=True):
        content = {JSON: {"schema": schema, "example": example_answer(kind)}}
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                response["content"] = content


def _show_body_example(operation: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    """Put the first example of a body's schema where readers of an operation look for it."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        for one in schema.get("oneOf", schema.get("anyOf", [schema])):
            shown = schemas.get(one.get("$ref", "").rpartition("/")[2], {}).get("examples")
            if shown:
                content.setdefault("example", shown[0])


def _describe_failures(
    paths: dict[str, Any], routes: Iterable[APIRoute], direct: Iterable[HotRoute]
) -> dict[str, Any]:
    """Say of every operation how it fails, by which codes; give the responses that they share."""
    codes: dict[tuple[str, str], Codes] = {
        (one.path_format, method): list_codes(
            list_errors(one.path_format, method, policy_of(one)) | errors_of(one.dependant),
            reads_text=one.body_field is not None,
        )
        for one in routes
        for method in map(str.lower, one.methods or ())
    }
    for hot in direct:
        method = hot.method.lower()
        codes[hot.path, method] = list_codes(list_errors(hot.path, method, hot.policy, is_hot=True))
    for (path, method), found in codes.items():
        paths[path][method].setdefault("responses", {}).update(describe_failures(path, found))
    return failure_responses((path, found) for (path, _), found in codes.items())


def _finish(operation: dict[str, Any], policy: Policy) -> None:
    """Say who may use it."""
    if policy.scopes:
        operation["security"] = [{"feedbackToken" if policy.by_token else "key": []}]
        scopes = " or ".join(f"`{scope}`" for scope in policy.scopes)
        needs = f"Needs a feedback token of a key with the scope {scopes}." if policy.by_token else None
        needs = needs or f"Needs the scope {scopes}."
        operation["description"] = f"{operation.get('description', '')}\n\n{needs}".strip()
