"""What does the API look like from outside? One document for every route."""

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from upspiral.server.policy import HotRoute, Policy, policy_of

PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "What happened to which thing with which value."},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "A stable word for it."},
        "hint": {"type": "string", "description": "The next action."},
    },
}
FAILURES = {
    "400": "It cannot be read.",
    "401": "The request carries no usable key.",
    "403": "The key may not do this.",
    "404": "There is no such thing.",
    "409": "Something else is in the way.",
    "413": "The body is too large.",
    "422": "What was sent cannot be used.",
    "429": "Too much at once; see Retry-After.",
    "502": "The model behind it did not answer as it should.",
    "503": "The store or a host cannot be used now.",
    "504": "The model behind it took too long.",
}


def document(app: FastAPI, direct: Iterable[HotRoute]) -> dict[str, Any]:
    """Write the OpenAPI document of every route, the hot path included."""
    said = get_openapi(title=app.title, version=app.version, description=__doc__ or "", routes=app.routes)
    said["info"]["description"] = "LLM applications and agents that get better every night, and never worse."
    components = said.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                _finish(said["paths"][route.path_format][method.lower()], policy_of(route))
    for one in direct:
        operation = dict(one.operation)
        _finish(operation, one.policy)
        said["paths"].setdefault(one.path, {})[one.method.lower()] = operation
    return said


def _finish(operation: dict[str, Any], policy: Policy) -> None:
    """Say who may use it and how it fails."""
    if policy.scopes:
        operation["security"] = [{"key": []}]
        scopes = " or ".join(f"`{scope}`" for scope in policy.scopes)
        operation["description"] = f"{operation.get('description', '')}\n\nNeeds the scope {scopes}.".strip()
    responses = operation.setdefault("responses", {})
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, why in FAILURES.items():
        responses[status] = {"description": why, "content": problem | {"application/json": {}}}
