"""Does what the server gets say what the application said?"""

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from tests.client.conftest import Server

from upspiral.client import Upspiral
from upspiral.domain import ToolCall, Usage
from upspiral.errors import InvalidInput

HI = [{"role": "user", "content": "Hi"}]
pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def _one(server: Server, spiral: Upspiral, plural: str = "interactions") -> dict[str, Any]:
    assert spiral.flush()
    [found] = server.got(plural)
    return found


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
    sent = _one(server, spiral)
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
    assert _one(server, spiral)["messages"] == HI


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


def test_a_task_groups_what_happens_inside_it(server: Server, spiral: Upspiral) -> None:
    with spiral.task("refund", end_user="anna", metadata={"shop": "north"}) as task:
        inner = spiral.record([{"role": "user", "content": "Refund A1?"}], "Done.", model="m")
        with task.tool("search", {"q": "A1"}) as call:
            call.result = {"found": 1}
        task.success(True, reason="refund booked")
    assert spiral.last_id == task.id
    assert spiral.flush()
    chat, whole = server.got("interactions")
    assert chat["id"] == inner
    assert whole["id"] == task.id
    assert chat["trace"] == whole["trace"] == chat["conversation"] == whole["conversation"] == task.trace
    assert chat["end_user"] == whole["end_user"] == "anna"
    assert (whole["kind"], whole["metadata"]) == ("task", {"task": "refund", "shop": "north"})
    assert (whole["messages"][0]["content"], whole["answer"], whole["model"]) == ("Refund A1?", "Done.", "m")
    [tool] = whole["tool_calls"]
    assert (tool["name"], tool["arguments"], tool["result"], tool["error"]) == (
        "search", '{"q":"A1"}', '{"found":1}', None,
    )  # fmt: skip
    assert tool["duration_ms"] >= 0
    [verdict] = server.got("feedback")
    assert (verdict["interaction"], verdict["score"], verdict["source"]) == (task.id, 1.0, "verifier")
    assert verdict["comment"] == "refund booked"


def test_a_task_that_breaks_is_recorded_with_its_error_which_goes_on(
    server: Server, spiral: Upspiral
) -> None:
    def run() -> None:
        with spiral.task("refund") as task, task.tool("pay"):
            raise ValueError("no such order")

    with pytest.raises(ValueError, match="no such order"):
        run()
    sent = _one(server, spiral)
    assert sent["error"] == "ValueError: no such order"
    assert sent["tool_calls"][0]["error"] == "ValueError: no such order"
    spiral.record(HI, "after")
    assert spiral.flush()
    assert "trace" not in server.got("interactions")[1]


def test_decorated_functions_are_tasks_and_tools(server: Server, spiral: Upspiral) -> None:
    @spiral.tool
    def look_up(order: str, *, deep: bool = False) -> dict[str, str]:
        """Look it up."""
        return {"order": order}

    @spiral.track("refund")
    def refund(question: str) -> str:
        look_up("A1", deep=True)
        return "Done."

    assert refund("Refund A1?") == "Done."
    assert look_up.__doc__ == "Look it up."
    sent = _one(server, spiral)
    assert (sent["messages"][0]["content"], sent["answer"]) == ("Refund A1?", "Done.")
    [call] = sent["tool_calls"]
    assert (call["name"], call["arguments"], call["result"]) == (
        "look_up", '{"order":"A1","deep":true}', '{"order":"A1"}',
    )  # fmt: skip


async def test_tasks_side_by_side_keep_their_own_calls(server: Server, spiral: Upspiral) -> None:
    @spiral.tool
    async def look_up(order: str) -> str:
        await asyncio.sleep(0.001)
        return order

    @spiral.track("refund")
    async def refund(order: str) -> str:
        await look_up(order)
        assert spiral.last_id is None or spiral.last_id.startswith("int_")
        return f"{order} done"

    assert list(await asyncio.gather(refund("A"), refund("B"))) == ["A done", "B done"]
    assert await asyncio.to_thread(spiral.flush)
    sent = server.got("interactions")
    assert {(one["answer"], one["tool_calls"][0]["result"]) for one in sent} == {
        ("A done", "A"),
        ("B done", "B"),
    }
    assert len({one["trace"] for one in sent}) == 2


def test_a_conversation_can_be_named_without_a_task(server: Server, spiral: Upspiral) -> None:
    with spiral.conversation("c-7", end_user="anna"):
        spiral.record(HI, "Hello.")
    sent = _one(server, spiral)
    assert (sent["conversation"], sent["end_user"], "trace" in sent) == ("c-7", "anna", False)


def test_track_task_and_track_tool_tell_agent_success_and_time(server: Server, spiral: Upspiral) -> None:
    task = spiral.track_task("debugger", "fix the bug", False, reason="tests fail", latency_ms=20)
    spiral.track_tool("dev", "grep", False, duration_ms=7, error="no such file")
    assert spiral.flush()
    done, tool = server.got("interactions")
    assert (done["agent"], done["kind"], done["metadata"]["task"]) == ("debugger", "task", "fix the bug")
    assert done["latency_ms"] == 20
    assert (tool["agent"], tool["tool_calls"][0]["error"], tool["latency_ms"]) == ("dev", "no such file", 7)
    assert "error" not in tool
    [verdict] = server.got("feedback")
    assert (verdict["interaction"], verdict["score"], verdict["comment"]) == (task, 0.0, "tests fail")


def test_track_tool_inside_a_task_becomes_part_of_it(server: Server, spiral: Upspiral) -> None:
    with spiral.task("refund") as task:
        assert spiral.track_tool("support", "pay", True) == task.id
    assert [call["name"] for call in _one(server, spiral)["tool_calls"]] == ["pay"]


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
