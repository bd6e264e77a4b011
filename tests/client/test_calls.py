"""What a call of the client records, and what it refuses."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from tests.client.conftest import Server
from tests.client.questions import HI, one

from upspiral.client import Upspiral
from upspiral.domain import ToolCall, Usage
from upspiral.errors import InvalidInput

pytestmark = pytest.mark.anyio


def test_a_record_says_everything_it_was_given_and_nothing_else(server: Server, spiral: Upspiral) -> None:
    ident = spiral.record(
        HI,
        "Hello.",
        model="m",
        conversation="c",
        end_user="anna",
        client_id="mine",
        tool_calls=[ToolCall(name="look")],
        usage=Usage(3, 4),
        latency_ms=12.5,
        trainable=False,
        metadata={"tries": 2},
    )
    sent = one(server, spiral)
    at = datetime.fromisoformat(sent.pop("at"))
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60
    [call] = sent.pop("tool_calls")
    assert call["name"] == "look"
    assert ident.startswith("int_")
    assert len(ident) == 4 + 12 + 16
    assert sent == {
        "id": ident, "agent": "support", "messages": HI, "answer": "Hello.", "model": "m",
        "conversation": "c", "end_user": "anna", "client_id": "mine", "latency_ms": 12.5, "trainable": False,
        "usage": msgspec.to_builtins(Usage(3, 4)), "metadata": {"tries": "2"},
    }  # fmt: skip


def test_what_the_application_changes_later_changes_nothing(server: Server, spiral: Upspiral) -> None:
    turns = [{"role": "user", "content": "Hi"}]
    spiral.record(turns, "Hello.")
    turns[0]["content"] = "Bye"
    assert one(server, spiral)["messages"] == HI


def test_feedback_is_about_what_was_recorded_last_unless_it_says_otherwise(
    server: Server, spiral: Upspiral
) -> None:
    ident = spiral.record(HI, "Hello.")
    spiral.feedback(thumbs="up", comment="kind")
    spiral.feedback("int_9", rating=4, rater="bob")
    spiral.feedback(trace="t", correction="Good day.")
    assert spiral.flush()
    first, second, third = server.got("feedback")
    assert first.pop("id").startswith("fb_")
    assert first == {"interaction": ident, "thumbs": "up", "comment": "kind"}
    assert (second["interaction"], second["rating"], second["rater"]) == ("int_9", 4, "bob")
    assert (third["trace"], third["correction"], "interaction" in third) == ("t", "Good day.", False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"interaction_id": "int_1"},
        {"interaction_id": "int_1", "trace": "t", "thumbs": "up"},
        {"interaction_id": "int_1", "rating": 6},
        {"interaction_id": "int_1", "score": -0.1},
        {"interaction_id": "int_1", "score": 1, "thumbs": "up"},
        {"interaction_id": "int_1", "thumbs": "sideways"},
    ],
)
def test_feedback_that_means_nothing_is_refused_where_it_was_written(
    spiral: Upspiral, wrong: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput):
        spiral.feedback(**wrong)
    assert spiral.pending == 0


def test_a_misspelt_name_is_refused_where_it_was_written(spiral: Upspiral) -> None:
    with pytest.raises(TypeError, match="converstion"):
        spiral.record(HI, "Hello.", converstion="c")  # type: ignore[call-arg]


def test_what_cannot_be_encoded_is_counted_and_breaks_nothing(server: Server, spiral: Upspiral) -> None:
    assert spiral.record(HI, "half a character \ud800").startswith("int_")
    assert (spiral.dropped, server.got("interactions")) == (1, [])


def test_log_run_is_one_interaction_however_many_models_shared_it(server: Server, spiral: Upspiral) -> None:
    ident = spiral.log_run(["a", "b"], success=0.8, latency_ms=1250.0, domain="medical")
    assert spiral.flush()
    [run] = server.got("interactions")
    assert (run["agent"], run["model"]) == ("support", "a")
    assert run["metadata"] == {"models": "a,b", "agreed": "a,b", "domain": "medical"}
    assert run["latency_ms"] == 1250.0
    [verdict] = server.got("feedback")
    assert (verdict["interaction"], verdict["score"]) == (ident, 0.8)


def test_a_recommendation_and_its_outcome_go_through_their_own_doors(
    server: Server, spiral: Upspiral
) -> None:
    ident = spiral.track_recommendation(
        "STRAT-01",
        "strategy",
        {"channels": ["linkedin"]},
        agent_name="MoveArchitect",
        confidence=0.85,
        workflow_id="move_123",
    )
    spiral.evaluate_outcome(ident, "approved", quality=87.5, dimensions={"accuracy": 90}, rank=1)
    assert spiral.flush()
    [given] = server.bodies("/api/v1/learning/recommendations/track")
    assert given.pop("at")
    assert given == {
        "id": ident, "agent_id": "STRAT-01", "type": "strategy", "content": {"channels": ["linkedin"]},
        "agent_name": "MoveArchitect", "confidence": 0.85, "workflow_id": "move_123",
    }  # fmt: skip
    [came] = server.bodies("/api/v1/learning/outcomes/evaluate")
    assert came.pop("at")
    assert came.pop("id").startswith("fb_")
    assert came == {
        "recommendation_id": ident, "status": "approved", "quality": 87.5,
        "dimensions": {"accuracy": 90}, "rank": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "fine"},
        {"status": "approved", "quality": 101},
        {"status": "partial", "dimensions": {"a": -1}},
    ],
)
def test_an_outcome_out_of_range_is_refused(spiral: Upspiral, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        spiral.evaluate_outcome("int_1", **wrong)


@pytest.mark.parametrize(
    ("models", "given"),
    [
        ([], {}),
        ([""], {}),
        (["a,b"], {}),
        ([1], {}),
        (["a"], {"success": 1.5}),
        (["a"], {"success": float("nan")}),
        (["a"], {"latency_ms": -1.0}),
        (["a"], {"latency_ms": float("inf")}),
    ],
)
def test_a_run_that_cannot_be_kept_is_refused_before_anything_is_recorded(
    server: Server, spiral: Upspiral, models: Any, given: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput):
        spiral.log_run(models, **given)
    assert spiral.flush()
    assert server.requests == []


def test_one_model_is_named_by_a_word_and_success_by_its_other_name(server: Server) -> None:
    with Upspiral(transport=server.transport, every_s=0.01) as spiral:
        spiral.log_run("gpt-4o", success_flag=True)
        assert spiral.flush()
    [run] = server.got("interactions")
    assert (run["agent"], run["model"], run["metadata"]) == ("gpt-4o", "gpt-4o", {"models": "gpt-4o"})
    assert server.got("feedback")[0]["score"] == 1.0
