"""Tasks group what happens inside them."""

import asyncio

import pytest
from tests.client.conftest import Server
from tests.client.questions import HI, one

from upspiral.client import Upspiral

pytestmark = pytest.mark.anyio


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
    sent = one(server, spiral)
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
    sent = one(server, spiral)
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
    sent = one(server, spiral)
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
    assert [call["name"] for call in one(server, spiral)["tool_calls"]] == ["pay"]
