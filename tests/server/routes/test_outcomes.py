"""A recommendation is tracked, and its outcome decides."""

import httpx2
import pytest

pytestmark = pytest.mark.anyio


async def test_a_recommendation_is_tracked_and_its_outcome_decides(api: httpx2.AsyncClient) -> None:
    body = {
        "agent_id": "STRAT-01",
        "agent_name": "MoveArchitect",
        "recommendation_type": "strategy",
        "recommendation_content": {"channels": ["linkedin"]},
        "confidence_score": 0.85,
        "workflow_id": "move_123",
    }
    made = (await api.post("/api/v1/learning/recommendations/track", json=body)).json()
    verdict = {
        "recommendation_id": made["recommendation_id"],
        "status": "approved",
        "overall_quality_score": 87.5,
        "quality_scores": {"accuracy": 90},
    }
    told = (await api.post("/api/v1/learning/outcomes/evaluate", json=verdict)).json()
    assert told["outcome"]["status"] == "success"
    path = f"/api/v1/learning/recommendations/{made['recommendation_id']}"
    shown = (await api.get(path)).json()
    assert (shown["type"], shown["confidence"]) == ("strategy", 0.85)
    assert shown["content"] == {"channels": ["linkedin"]}
    assert (shown["feedback"][0]["quality"], shown["feedback"][0]["dimensions"]) == (87.5, {"accuracy": 90})
    listed = (await api.get("/api/v1/learning/recommendations/agent/STRAT-01")).json()
    [one] = listed["items"]
    assert one == {name: shown[name] for name in shown if name != "feedback"}
    assert one["outcome"]["status"] == "success"
