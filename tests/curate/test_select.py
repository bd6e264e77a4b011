"""Which failures are taught, and which good answers are repeated."""

from collections import Counter

from tests.conftest import START, Maker
from tests.factories import make_pattern

from upspiral.curate.select import Case, failures, sample_stratified, successes
from upspiral.domain import Interaction, Outcome, Status
from upspiral.domain.ids import DEFAULT_WORKSPACE, InteractionId


def _outcomes(turns: list[Interaction], status: Status) -> dict[InteractionId, Outcome]:
    return {
        turn.id: Outcome(
            interaction=turn.id, workspace=DEFAULT_WORKSPACE, agent=turn.agent, status=status, reason="",
            interaction_at=turn.at, at=START, settled=START,
        )
        for turn in turns
    }  # fmt: skip


def test_small_slices_are_not_lost_in_a_sample_and_it_is_the_same_every_time(make: Maker) -> None:
    cases = [Case(interaction=make.interaction(), slice=name) for name in ["large"] * 90 + ["small"] * 5]
    sample = sample_stratified(cases, 20)
    assert Counter(case.slice for case in sample) == {"large": 15, "small": 5}
    assert sample_stratified(cases[::-1], 20) == sample
    assert len(sample_stratified(cases, 1_000)) == 95


def test_a_conversation_with_one_failure_gives_no_good_answer_and_a_good_one_gives_one(make: Maker) -> None:
    good = [make.interaction(conversation="good") for _ in range(3)]
    mixed = [make.interaction(conversation="mixed") for _ in range(2)]
    outcomes = _outcomes([*good, mixed[0]], Status.SUCCESS) | _outcomes(mixed[1:], Status.FAILURE)
    found = successes([*good, *mixed], outcomes, slices={turn.id: "rest" for turn in (*good, *mixed)})
    assert [case.interaction.conversation for case in found] == ["good"]


def test_a_cut_answer_is_no_good_one_and_what_was_asked_can_be_taught(make: Maker) -> None:
    cut = make.interaction(metadata={"finish_reason": "length"})
    assert successes([cut], _outcomes([cut], Status.SUCCESS), slices={cut.id: "rest"}) == []
    weak = make_pattern(
        workspace=cut.workspace,
        agent=cut.agent,
        at=cut.at,
        name="all",
        terms=(),
        members=(cut.id,),
        failures=1,
        conversations=1,
        failure_rate_low=0.2,
        share_low=0.2,
    )
    found, dropped = failures([weak], {cut.id: cut}, outcomes=_outcomes([cut], Status.FAILURE), limit=9)
    assert ([case.interaction.id for case in found], +dropped) == ([cut.id], {})
