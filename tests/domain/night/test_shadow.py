"""An answer that nobody saw is kept once for a candidate and a request, and found by both versions."""

from msgspec.structs import replace
from tests.conftest import START

from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, AgentVersionId, InteractionId, ShadowId
from upspiral.domain.night.shadow import ShadowAnswer
from upspiral.store import Store

ANSWER = ShadowAnswer(
    id=ShadowId("shd_1"),
    workspace=DEFAULT_WORKSPACE,
    agent=AgentId("support"),
    candidate=AgentVersionId("av_2"),
    incumbent=AgentVersionId("av_1"),
    interaction=InteractionId("int_1"),
    at=START,
    answer="Tomorrow.",
)


def test_the_same_request_is_answered_once_by_a_candidate(any_store: Store) -> None:
    any_store.shadow_answers.insert_ignore(ANSWER)
    any_store.shadow_answers.insert_ignore(replace(ANSWER, answer="Never."))
    any_store.shadow_answers.insert_ignore(
        replace(ANSWER, id=ShadowId("shd_2"), incumbent=AgentVersionId("av_0"))
    )
    found = any_store.shadow_answers.of_pair(DEFAULT_WORKSPACE, ANSWER.candidate, ANSWER.incumbent)
    assert found == [ANSWER]
