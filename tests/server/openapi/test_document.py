"""The document is complete, and whatever follows it gets an answer that it names."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from tests.server.openapi.conformance import check, operations, successes

from upspiral.app import App
from upspiral.config import load
from upspiral.server.app import create_app
from upspiral.server.errors import STATUS
from upspiral.server.middleware import Gatekeeper

if TYPE_CHECKING:
    from schemathesis import Case

# schemathesis draws from `random` inside its own strategies
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")


@pytest.fixture
def doors(data: Path) -> Iterator[Gatekeeper]:
    with App(load(data=data, server={"hosts": ("testserver",)}), nights=False) as app:
        yield create_app(app)


def _try_everything(doors: Gatekeeper, examples: int) -> int:
    """Send generated requests to every operation; give how many were sent."""
    import schemathesis
    from schemathesis.specs.openapi import checks

    conform = [
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]
    key = (doors.app.state.app.settings.data / "key").read_text().strip()
    schema = schemathesis.openapi.from_asgi("/openapi.json", doors)
    sent = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        )
        def every(case: "Case") -> None:
            nonlocal sent
            sent += 1
            answer = case.call(headers={"authorization": f"Bearer {key}"})
            assert answer.status_code < 500 or answer.status_code in (502, 503, 504), answer.text
            case.validate_response(answer, checks=conform)

        every()
    return sent


@pytest.mark.process  # a generated migration or comparison starts the host of a local model
def test_generated_requests_get_documented_answers(doors: Gatekeeper) -> None:
    assert _try_everything(doors, 8) > 200


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_generated_requests_get_documented_answers(doors: Gatekeeper) -> None:
    assert _try_everything(doors, 300) >= 10_000


def test_every_route_is_described_with_its_failures_and_its_key(
    doors: Gatekeeper, document: dict[str, Any]
) -> None:
    paths = document["paths"]
    for (method, path), policy in doors.policies.items():
        if path == "/openapi.json" or path.startswith("/docs") or policy.is_page or path not in paths:
            assert not path.startswith(("/api", "/v1")), f"{path} is not described"
            continue
        operation = paths[path][method.lower()]
        assert operation.get("summary"), (method, path)
        with_a_key = {"401", "403", "429", "503"} if policy.scopes else set()
        assert {"400", "413", "500", *with_a_key} <= operation["responses"].keys()
        assert bool(operation.get("security")) == bool(policy.scopes)


def test_every_operation_says_what_it_answers_with(document: dict[str, Any]) -> None:
    lacking = [
        (method, path, status, kind)
        for path, method, operation in operations(document)
        for status, response in successes(operation)
        for kind, content in response.get("content", {"none": {}}).items()
        if not content.get("schema")
    ]
    assert lacking == []


def test_lists_have_one_shape(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    lists = 0
    for path, method, operation in operations(document):
        for _, response in successes(operation):
            schema = response["content"].get("application/json", {}).get("schema", {})
            answer = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
            assert answer.get("type") != "array", (method, path)
            if "items" in answer.get("properties", {}):
                lists += 1
                assert answer["required"] == ["items", "next", "hint"], (method, path)
            elif (
                method == "get"
                and path.startswith("/api/v1/")
                and operation["operationId"].startswith("list_")
            ):
                raise AssertionError(f"{method} {path} lists, but answers with no page")
    assert lists > 25


def test_operations_have_plain_names_each_its_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in names)


@pytest.mark.long
def test_every_operation_has_examples_that_fit_its_schemas(document: dict[str, Any]) -> None:
    missing, shown = [], 0
    for path, method, operation in operations(document):
        told = [content for _, response in successes(operation) for content in response["content"].items()]
        told += operation.get("requestBody", {}).get("content", {}).items()
        for kind, content in told:
            if content["schema"].get("format") == "binary":
                continue
            if "example" not in content:
                missing.append((method, path, kind))
            else:
                shown += 1
                check(document, content["schema"], content["example"])
    assert missing == []
    assert shown > 100


def test_failures_are_told_by_code(document: dict[str, Any]) -> None:
    shared = document["components"]["responses"]
    for path, method, operation in operations(document):
        for status, response in operation["responses"].items():
            if not status.startswith("2"):
                name = response["$ref"].rpartition("/")[2]
                assert shared[name]["content"], (method, path, status)
    told = " ".join(one["description"] for one in shared.values())
    assert all(f"`{code}`" in told for _, _, code in STATUS)
