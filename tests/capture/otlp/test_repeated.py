"""Is a model call that several spans tell of kept once, and is no other call lost for it?"""

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.capture.test_otlp_senders import CHAT, SAID, START, folded, span

from upspiral.capture.otlp.decode import RawSpan

SECOND = 10**9
TOKENS = {"gen_ai.usage.input_tokens": 20, "gen_ai.usage.output_tokens": 8}
METADATA = CHAT | TOKENS
"""What a client tells by itself: no word of what was said."""


def outer(attributes: dict[str, Any], **more: Any) -> RawSpan:
    return span(attributes, "a1", **{"scope": "framework", "start": START, "end": START + 4 * SECOND, **more})


def inner(attributes: dict[str, Any], ident: str = "b1", **more: Any) -> RawSpan:
    within = {"parent": "a1".zfill(16), "start": START + SECOND, "end": START + 2 * SECOND}
    return span(attributes, ident, **{"scope": "client", **within, **more})


OTHER_TRACE: dict[str, Any] = {"trace": "2" * 32, "parent": None}
SAME = {
    "one within the other, without ids": (outer(SAID | TOKENS), inner(METADATA)),
    "the outer tells less": (outer(METADATA), inner(SAID | TOKENS)),
    "an id in two traces": (
        outer(SAID | {"gen_ai.response.id": "r"}),
        inner(METADATA | {"gen_ai.response.id": "r"}, **OTHER_TRACE),
    ),
    "an id that stands in the answer": (
        outer(CHAT | {"input.value": "Hi", "output.value": json.dumps({"id": "r", "content": "Hello"})}),
        inner(METADATA | {"gen_ai.response.id": "r"}, **OTHER_TRACE),
    ),
    "another name of the model that was wanted": (
        outer(SAID | {"gen_ai.response.model": "m-2026"}),
        inner(METADATA | {"gen_ai.response.model": "m-2026", "gen_ai.request.model": "other"}),
    ),
    "both failed": (outer(SAID, code=2, status="no"), inner(METADATA, code=2, status="no")),
}
DIFFERENT = {
    "another model": (outer(SAID), inner(METADATA | {"gen_ai.request.model": "judge"})),
    "other counts of tokens": (outer(SAID | TOKENS), inner(METADATA | {"gen_ai.usage.input_tokens": 7})),
    "other ids": (
        outer(SAID | {"gen_ai.response.id": "r"}),
        inner(METADATA | {"gen_ai.response.id": "s"}),
    ),
    "two within one": (outer(SAID), inner(METADATA, "b1"), inner(METADATA, "b2", start=START + SECOND + 1)),
    "of one instrumentation": (outer(SAID), inner(METADATA, scope="framework")),
    "one failed and was asked again": (outer(SAID), inner(METADATA, code=2, status="no")),
    "a host that gives every answer one id": (
        outer(SAID | {"gen_ai.response.id": "0"}, scope="client", end=START + SECOND),
        inner(SAID | {"gen_ai.response.id": "0"}, **OTHER_TRACE),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_what_is_one_call_is_one_interaction_in_any_order(name: str) -> None:
    for order in permutations(SAME[name]):
        found = folded(*order)
        assert (len(found.interactions), len(found.spans)) == (1, 1)
        assert found.interactions[0].messages


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_are_several_calls_stay_several_in_any_order(name: str) -> None:
    for order in permutations(DIFFERENT[name]):
        assert len(folded(*order).interactions) == len(DIFFERENT[name])


def test_the_call_that_is_kept_learns_what_the_other_alone_tells() -> None:
    more = {"gen_ai.response.id": "r", "gen_ai.usage.cache_read.input_tokens": 4, "user.id": "anna"}
    (one,) = folded(outer(SAID), inner(METADATA | more)).interactions
    assert (one.usage.input_tokens, one.usage.cache_read_tokens, one.end_user) == (20, 4, "anna")
    assert one.metadata["response_id"] == "r"


def test_a_call_through_the_gateway_is_known_by_the_span_within_the_one_that_does_not_tell() -> None:
    ours = METADATA | {"gen_ai.response.id": "int_019b76daa800629f6fbed82c07cd"}
    assert folded(outer(SAID), inner(ours)).interactions == ()


def test_an_evaluation_on_the_span_that_is_not_kept_is_about_the_call() -> None:
    judged = (
        "gen_ai.evaluation.result",
        START,
        {"gen_ai.evaluation.name": "q", "gen_ai.evaluation.score.value": 1},
    )
    found = folded(outer(SAID), inner(METADATA, events=(judged,)))
    assert [one.interaction for one in found.feedback] == [found.interactions[0].id]


@given(
    st.lists(st.sampled_from([SAID, METADATA, SAID | {"gen_ai.response.id": "r"}]), min_size=1, max_size=8)
)
def test_no_chain_of_calls_within_one_another_loses_all_of_its_words(told: list[dict[str, Any]]) -> None:
    chain = [
        span(
            attributes,
            f"{place + 1:x}",
            parent=f"{place:x}".zfill(16) if place else None,
            scope=f"scope {place}",
            start=START + place,
            end=START + SECOND - place,
        )
        for place, attributes in enumerate(told)
    ]
    found = folded(*chain)
    assert len(found.interactions) + len(found.spans) == len(told)
    assert found.interactions
    assert any(one.messages for one in found.interactions) == any(one is not METADATA for one in told)
