"""Which recommendations teach, and how agents that agree are seen."""

from msgspec import structs
from tests.analyze.recommendations.swarm import USUAL, recommends
from tests.conftest import START

from upspiral.analyze.recommendations.cache import HOUR, window
from upspiral.analyze.recommendations.categorical import Column
from upspiral.analyze.recommendations.extract import extract_features


def _texts(column: Column) -> list[str | None]:
    return [None if code < 0 else column.values[code] for code in column.codes.tolist()]


def test_agents_agree_where_they_say_the_same_in_one_workflow() -> None:
    given = [
        recommends("ann", '{"channel": "tv", "budget": 3}', "w1", confidence="0.85"),
        recommends("bob", '{"budget": 3, "channel": "tv"}', "w1", confidence="0.3"),
        recommends("cy", '{"channel": "radio"}', "w1"),
        recommends("cy", '{"channel": "tv", "budget": 3}', "w2"),
    ]
    seen = window(extract_features(given, settings=USUAL), since=START - HOUR, until=START, most=10)
    assert _texts(seen.features["agreement"]) == ["several agents"] * 2 + ["alone"] * 2
    assert _texts(seen.features["confidence"]) == ["high", "low", "not stated", "not stated"]
    assert _texts(seen.features["content channel"]) == ["tv", "tv", "radio", "tv"]
    assert _texts(seen.features["content budget"]) == ["3", "3", None, "3"]
    assert len(set(seen.flow.tolist())) == 2
    assert len(seen.only_decided()) == 0


def test_partial_and_pending_recommendations_teach_nothing() -> None:
    pending = recommends("ann", "Buy.", "w1")
    partial = structs.replace(pending, status="unknown", folded=START)
    approved = structs.replace(pending, status="success", folded=START, settled=START)
    seen = extract_features([pending, partial, approved], settings=USUAL)
    assert seen.approved.tolist() == [-1, -1, 1]
