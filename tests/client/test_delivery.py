"""Does one bad record ever take good ones with it?"""

import json

import httpx2
import pytest
from tests.client.conftest import Server

from upspiral.client import Upspiral

HI = [{"role": "user", "content": "Hi"}]
PROBLEM = {"Content-Type": "application/problem+json"}


def _refuse_unknown(request: httpx2.Request) -> httpx2.Response:
    """Answer 404 to any batch of feedback that holds one on an unknown Interaction."""
    if not request.url.path.endswith("/feedback"):
        return httpx2.Response(201, json={})
    unknown = [one for one in json.loads(request.content)["feedback"] if one["interaction"] == "int_unknown"]
    if unknown:
        return httpx2.Response(404, json={"title": "There is no Interaction."}, headers=PROBLEM)
    return httpx2.Response(201, json={})


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422])
def test_one_refused_feedback_loses_none_of_sixty_others(
    server: Server, spiral: Upspiral, status: int
) -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        answer = _refuse_unknown(request)
        return answer if answer.is_success else httpx2.Response(status, json={}, headers=PROBLEM)

    server.always = refuse
    for n in range(60):
        spiral.feedback(f"int_{n}", thumbs="up")
    spiral.feedback("int_unknown", thumbs="up")
    assert not spiral.flush(10)
    assert spiral.dropped == 1
    arrived = {
        one["interaction"]
        for request in server.requests
        if _refuse_unknown(request).is_success
        for one in json.loads(request.content)["feedback"]
    }
    assert arrived == {f"int_{n}" for n in range(60)}


def test_a_batch_whose_bad_items_the_server_names_is_sent_once(
    server: Server, spiral: Upspiral, caplog: pytest.LogCaptureFixture
) -> None:
    refused = [{"index": 1, "id": "fb_x", "status": 404, "code": "not_found", "title": "There is no 'x'."}]
    server.answers = [httpx2.Response(207, json={"feedback": ["a", "c"], "refused": refused})]
    for name in ("a", "x", "c"):
        spiral.feedback(name, thumbs="down")
    assert not spiral.flush(10)
    assert (len(server.requests), spiral.dropped, spiral.pending) == (1, 1, 0)
    assert "404 There is no 'x'." in caplog.text


def test_a_wrong_address_is_asked_once_a_batch_and_not_for_each_record(
    server: Server, spiral: Upspiral
) -> None:
    server.always = lambda _: httpx2.Response(404, text="<html>not here</html>")
    for n in range(100):
        spiral.record(HI, f"{n}")
    assert not spiral.flush(10)
    assert spiral.dropped == 100
    assert len(server.requests) <= 3
