"""Calls that were written for another system work as they stand."""

import asyncio

import httpx2
from tests.client.conftest import Server

from upspiral.app import App as App
from upspiral.client import AsyncUpspiral, Upspiral


def test_calls_written_for_a_system_that_names_the_workspace_work_as_they_stand(
    server: Server, spiral: Upspiral
) -> None:
    class Update:
        recommendation_id, outcome_quality_score = "int_1", 87.5
        accuracy_impact, consistency_impact = 0.1, 0.05

    learning = spiral.learning
    ident = learning.record_recommendation(  # type: ignore[call-arg]
        workspace_id="ws_123",
        agent_id="STRAT-01",
        recommendation_type="strategy",
        recommendation_content={"channels": ["linkedin"]},
        confidence_score=0.85,
    )
    learning.evaluate_workflow_outcome(  # type: ignore[call-arg]
        workspace_id="ws_123", workflow_id="w", recommendations=[ident], overall_quality_score=87.5
    )
    learning.update_trust_score(Update(), "ws_123")
    assert spiral.flush()
    [sent] = server.bodies("/recommendations/track")
    assert (sent["agent_id"], sent["type"], "workspace_id" in sent) == ("STRAT-01", "strategy", False)
    [moved] = server.bodies("/outcomes/evaluate")
    assert (moved["quality"], moved["accuracy_impact"], moved["consistency_impact"]) == (87.5, 0.1, 0.05)
    server.always = lambda _: httpx2.Response(200, json={"items": []})
    assert learning.get_trusted_agents("ws_123", min_trust=0.7) == []  # type: ignore[misc,arg-type]
    assert learning.get_patterns(workspace_id="ws_123", pattern_category="consensus") == []  # type: ignore[call-arg]
    assert learning.suggest_decision_rules("ws_123", {"context": {"task_type": "x"}}) == []  # type: ignore[call-arg,arg-type]
    assert [dict(request.url.params) for request in server.requests[-3:]] == [
        {"min_trust": "0.7"}, {"category": "consensus"}, {"task_type": "x"}
    ]  # fmt: skip


def test_code_that_awaits_what_is_told_gets_the_id(server: Server) -> None:
    async def tell() -> tuple[str, str]:
        async with AsyncUpspiral(transport=server.transport, every_s=0.01) as spiral:
            told = spiral.learning.track_agent_recommendation("a", "strategy", "Do it.")
            awaited = await told  # type: ignore[misc]
            spiral.learning.evaluate_outcome(told, status="approved")
            assert await spiral.flush()
            return told, awaited

    told, awaited = asyncio.run(tell())
    assert (type(awaited), awaited) == (str, str(told))
    assert server.bodies("/outcomes/evaluate")[0]["recommendation_id"] == awaited
