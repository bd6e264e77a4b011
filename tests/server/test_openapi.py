"""The document is complete, and whatever follows it gets an answer that it names."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from upspiral.app import App
from upspiral.config import load
from upspiral.server.app import create_app
from upspiral.server.middleware import Gatekeeper

# schemathesis draws from `random` inside its own strategies
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Gatekeeper]:
    with App(load(data=tmp_path / "data", server={"hosts": ("testserver",)})) as spiral:
        yield create_app(spiral)


def _try_everything(doors: Gatekeeper, examples: int) -> int:
    """Send generated requests to every operation; give how many were sent."""
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
        def every(case: Case) -> None:
            nonlocal sent
            sent += 1
            answer = case.call(headers={"authorization": f"Bearer {key}"})
            assert answer.status_code < 500 or answer.status_code in (502, 503, 504), answer.text
            case.validate_response(answer, checks=CHECKS)

        every()
    return sent


def test_generated_requests_get_documented_answers(doors: Gatekeeper) -> None:
    assert _try_everything(doors, 8) > 200


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_generated_requests_get_documented_answers(doors: Gatekeeper) -> None:
    assert _try_everything(doors, 300) >= 10_000


def test_every_route_is_described_with_its_failures_and_its_key(doors: Gatekeeper) -> None:
    paths = doors.app.openapi()["paths"]
    for (method, path), policy in doors.policies.items():
        if path == "/openapi.json":
            continue
        operation = paths[path][method.lower()]
        assert operation.get("summary"), (method, path)
        assert {"422", "429"} <= operation["responses"].keys()
        assert bool(operation.get("security")) == bool(policy.scopes)


def test_every_body_has_an_example(doors: Gatekeeper) -> None:
    said = doors.app.openapi()
    schemas = said["components"]["schemas"]
    for operations in said["paths"].values():
        for operation in operations.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                schema = content["schema"]
                names = [
                    one["$ref"].rsplit("/", 1)[-1]
                    for one in schema.get("oneOf", schema.get("anyOf", [schema]))
                    if "$ref" in one
                ]
                assert content.get("example") is not None or schema.get("format") == "binary" or names
                assert not names or any("examples" in schemas[name] for name in names), names
