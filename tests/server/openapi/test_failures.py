"""Each error is described by its status, its shapes and its codes."""

import pytest

from upspiral.server.errors import STATUS as TABLE
from upspiral.server.openapi.failures import PROBLEM_TYPE, WHY, codes_of, failure_responses, failures_of

STATUSES = {status for _, status, _ in TABLE}
OWN, GATEWAY = "/api/v1/agents", "/v1/chat/completions"


def test_every_status_that_an_error_can_have_says_why() -> None:
    assert set(WHY) >= STATUSES


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_every_status_names_at_least_one_code(status: int) -> None:
    assert codes_of(status)


@pytest.mark.parametrize("path", [OWN, GATEWAY])
def test_whatever_a_route_refers_to_is_described(path: str) -> None:
    described = failure_responses()
    for reference in failures_of(path, is_public=False).values():
        assert reference["$ref"].rsplit("/", 1)[-1] in described


def test_a_public_route_fails_by_no_key() -> None:
    with_key, without = (set(failures_of(OWN, is_public=public)) for public in (False, True))
    assert with_key - without == {"401", "403"} or {int(one) for one in with_key - without} == {401, 403}


def test_our_own_routes_answer_with_problem_details() -> None:
    described = failure_responses()
    own = failures_of(OWN, is_public=False)
    name = next(iter(own.values()))["$ref"].rsplit("/", 1)[-1]
    assert PROBLEM_TYPE in described[name]["content"]
