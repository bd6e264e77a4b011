"""Several agents, one after the other until an answer is good."""

import pytest
from tests.serving.house import House, with_route

from upspiral.domain import Status
from upspiral.domain.ids import DEFAULT_WORKSPACE

pytestmark = pytest.mark.anyio


@pytest.mark.long
@with_route(verifier="judge")
async def test_a_cascade_escalates_until_an_answer_is_verified(house: House) -> None:
    await house.agent("anna", "Rome")
    await house.agent("bert", "Paris")
    (await house.agent("judge", ""))._answer = lambda p: "0.9" if "<answer>\nParis" in p else "0.1"
    escalated = 0
    for number in range(6):
        _, said = await house.said("auto:cascade", metadata={"conversation": f"c{number}"})
        assert said == "Paris"
        escalated += any(
            one.metadata.get("cascade") == "escalated" and one.conversation == f"c{number}"
            for one in house.kept().values()
        )
    assert 0 < escalated < 6
    dropped = house.kept()["anna"]
    assert dropped.trainable is False
    store = house.app.runtime.store
    [signal] = store.feedback.about(DEFAULT_WORKSPACE, [dropped.id])
    assert (signal.source, signal.rater, signal.score) == ("verifier", "judge", 0.1)
    assert store.outcomes.of(DEFAULT_WORKSPACE, [dropped.id])[dropped.id].status == Status.FAILURE
    choices = store.choices.page(DEFAULT_WORKSPACE, None, 10)
    assert {(one.policy, str(one.agent)) for one in choices} == {("thompson:cascade", "bert")}


@with_route(verifier="judge", mode="cascade", max_depth=2)
async def test_where_none_passes_the_best_is_given_and_marked_unverified(house: House) -> None:
    await house.agent("anna", "Rome")
    await house.agent("bert", "Berlin")
    (await house.agent("judge", ""))._answer = lambda p: "0.4" if "<answer>\nBerlin" in p else "I say 1"
    ident, said = await house.said("auto")
    assert said == "Berlin"
    assert (
        house.app.runtime.store.interactions.get(DEFAULT_WORKSPACE, ident).metadata["cascade"] == "unverified"
    )


async def test_without_a_verifier_a_cascade_goes_on_where_an_answer_fails_or_is_empty(house: House) -> None:
    await house.agent("anna", "")
    await house.agent("bert", "Paris")
    for number in range(4):
        _, said = await house.said("auto:cascade", metadata={"conversation": f"c{number}"})
        assert said == "Paris"
    house.providers["anna"].moods = ["denied"]
    assert (await house.said("auto:cascade"))[1] == "Paris"
    house.providers["bert"].moods = ["denied"]
    assert (await house.ask("auto:cascade")).status_code == 401
