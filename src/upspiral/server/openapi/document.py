"""What does the API look like from outside? One document for every route."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from upspiral.server.answers import answer_type
from upspiral.server.openapi.examples import example_answer
from upspiral.server.openapi.failures import FAILURE_SCHEMAS, failure_responses, failures_of
from upspiral.server.openapi.schemas import answer_schemas, simplify
from upspiral.server.policy import HotRoute, Policy, policy_of

JSON = "application/json"
ABOUT = "LLM applications and agents that get better every night, and never worse."
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
        _finish(operation, route.path_format, policy_of(route))
    for one in direct:
        hot = {**one.operation, "responses": dict(one.operation["responses"])}
        _finish(hot, one.path, one.policy)
        said["paths"].setdefault(one.path, {})[one.method.lower()] = hot
    kept = {name: schemas[name] for name in schemas if name not in UNUSED}
    components["schemas"] = simplify(kept) | FAILURE_SCHEMAS
    components["responses"] = failure_responses()
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
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


def _finish(operation: dict[str, Any], path: str, policy: Policy) -> None:
    """Say who may use it and how it fails."""
    if policy.scopes:
        operation["security"] = [{"key": []}]
        scopes = " or ".join(f"`{scope}`" for scope in policy.scopes)
        operation["description"] = f"{operation.get('description', '')}\n\nNeeds the scope {scopes}.".strip()
    operation.setdefault("responses", {}).update(failures_of(path, is_public=not policy.scopes))
