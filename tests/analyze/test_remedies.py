"""Remedies by what is stored: other agents, earlier comparisons, answers at hand."""

from random import Random

import pytest
from tests.analyze.test_find import _find, _judge
from tests.conftest import START, Maker
from tests.factories import make_version

from upspiral.analyze.remedies import count_fixed, remedy_between, select_weaknesses, suggestions
from upspiral.domain import (
    AgentVersion,
    EvalReport,
    Example,
    ExampleKind,
    Pair,
    Pattern,
    Slice,
    Split,
    ToolCall,
)
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    DatasetId,
    ExampleId,
    InteractionId,
    ModelVersionId,
    ReportId,
)
from upspiral.domain.learning import Remedy, Suggestion
from upspiral.queries.remedies import read_evidence
from upspiral.store import Store

SUPPORT = AgentId("support")


def _shop(store: Store, make: Maker, *, kind: str) -> None:
    """Support fails where it is about vouchers; another agent does well there, a third was hardly asked.

    ``kind`` says by what that shows: the words, a condition that is known before, or one that shows after.
    """
    rng, judged = Random(0), []
    for agent, n, rate in (("support", 400, 0.8), ("expert", 300, 0.1), ("young", 8, 0.0)):
        for k in range(n):
            voucher = k % 4 == 0
            subject = "gift voucher" if voucher else "parcel jacket"
            words = f"my {subject} {rng.choice(['please', 'thanks', 'now'])}"
            turn = make.interaction(
                words if kind == "words" else "Help me, please",
                agent=AgentId(agent),
                model=f"of {agent}",
                metadata={"subject": "voucher" if voucher else "other"} if kind == "metadata" else {},
                tool_calls=(ToolCall(name="redeem"),) if voucher and kind == "tool" else (),
            )
            judged.append((turn, rng.random() < (rate if voucher else 0.05)))
    _judge(store, make, judged)
    assert _find(store, make)


def _known(store: Store) -> dict[AgentId, list[Pattern]]:
    return {SUPPORT: store.patterns.latest(DEFAULT_WORKSPACE, SUPPORT)}


def _suggest(store: Store, known: dict[AgentId, list[Pattern]]) -> list[Suggestion]:
    weak = [one for patterns in known.values() for one in select_weaknesses(patterns)]
    return suggestions(weak, read_evidence(store, DEFAULT_WORKSPACE, weak), success_at=0.7)


def _by_remedy(store: Store) -> dict[Remedy, Suggestion]:
    return {one.remedy: one for one in _suggest(store, _known(store))}


@pytest.mark.long
@pytest.mark.parametrize("kind", ["words", "metadata"])
def test_the_agent_that_does_well_in_the_same_kind_is_suggested(store: Store, make: Maker, kind: str) -> None:
    _shop(store, make, kind=kind)
    route = _by_remedy(store)[Remedy.ROUTE]
    assert route.text.startswith("Let expert answer")
    assert 0.15 < route.gain / 100 < 0.2  # a quarter of all conversations, 70 points better there
    assert route.gain_low < route.gain < route.gain_high
    assert "of 75 there, support in" in route.basis
    everyone = {name: store.patterns.latest(DEFAULT_WORKSPACE, name) for name in (AgentId("expert"), SUPPORT)}
    assert _suggest(store, everyone) == _suggest(store, _known(store))


def test_nobody_is_suggested_by_what_shows_only_in_the_answer(store: Store, make: Maker) -> None:
    _shop(store, make, kind="tool")
    assert set(_by_remedy(store)) == {Remedy.RULE, Remedy.PROMPT}


def test_corrections_and_accepted_rewrites_are_answers_at_hand(store: Store, make: Maker) -> None:
    _shop(store, make, kind="words")
    [weakness] = store.patterns.latest(DEFAULT_WORKSPACE, SUPPORT)
    turns = store.interactions.many(DEFAULT_WORKSPACE, weakness.members[:6])
    store.feedback.add(*(make.feedback(turn, correction="So.") for turn in turns[:3]))
    assert Remedy.EXAMPLES not in _by_remedy(store)
    kinds = (ExampleKind.REWRITE, ExampleKind.REWRITE, ExampleKind.REPLAY)
    store.examples.add(*(_example(turn.id, kind) for turn, kind in zip(turns[3:], kinds, strict=True)))
    assert "5 good answers" in _by_remedy(store)[Remedy.EXAMPLES].text


def _example(about: InteractionId, kind: ExampleKind) -> Example:
    return Example(
        id=ExampleId(f"ex-{about}"),
        workspace=DEFAULT_WORKSPACE,
        dataset=DatasetId("ds"),
        interaction=about,
        conversation=str(about),
        kind=kind,
        split=Split.TRAIN,
        messages=(),
        answer="So.",
    )


def test_what_a_fine_tune_mended_before_is_what_the_next_one_is_expected_to_mend(
    store: Store, make: Maker
) -> None:
    _shop(store, make, kind="words")
    [weakness] = store.patterns.latest(DEFAULT_WORKSPACE, SUPPORT)
    guess = _by_remedy(store)[Remedy.RULE]
    old, new = _version(1), _version(2, rules=("Say how vouchers work.",))
    store.agent_versions.add(old, new)
    cases = [_pair(k, weakness.name, 1.0 if k < 30 else 0.0) for k in range(40)]
    store.eval_reports.add(_report(old, new, [*cases, _pair(50, "rest", 0.0)]))
    known = _by_remedy(store)[Remedy.RULE]
    assert known.basis == "30 of 40 cases mended before"
    assert known.gain > 2 * guess.gain


def _version(
    number: int, *, model: str = "m", rules: tuple[str, ...] = (), instructions: str = ""
) -> AgentVersion:
    return make_version(
        id=AgentVersionId(f"v{number}"),
        number=number,
        model=ModelVersionId(model),
        rules=rules,
        instructions=instructions,
    )


def _pair(
    number: int, name: str, candidate: float | None, *, before: float = 0.0, good: bool = False
) -> Pair:
    return Pair(
        example=ExampleId(f"ex{number}"),
        conversation=f"c{number}",
        slice=name,
        candidate=candidate,
        incumbent=before,
        candidate_answer="",
        incumbent_answer="",
        went_well=good,
    )


def _report(old: AgentVersion, new: AgentVersion, pairs: list[Pair]) -> EvalReport:
    overall = Slice(
        name="all", n=0, wins=0, losses=0, candidate_rate=0, incumbent_rate=0, gain_low=0, gain_high=0
    )
    return EvalReport(
        id=ReportId("rep"),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        candidate=new.id,
        incumbent=old.id,
        dataset=DatasetId("ds"),
        scorer="exact",
        at=START,
        overall=overall,
        slices=(),
        void=0,
        pairs=tuple(pairs),
    )


def test_a_version_in_which_one_thing_changed_tells_what_that_thing_does() -> None:
    first = _version(1)
    assert remedy_between(_version(2, model="n"), first) == Remedy.FINE_TUNE
    assert remedy_between(_version(2, instructions="Be kind."), first) == Remedy.PROMPT
    assert remedy_between(_version(2, instructions="Be kind.", model="n"), first) is None
    assert remedy_between(_version(2), first) is None


def test_good_answers_that_broke_count_against_the_failures_that_were_mended() -> None:
    pairs = [
        *(_pair(k, "a", 1.0) for k in range(5)),
        *(_pair(k, "a", 0.0) for k in range(3)),
        _pair(20, "a", 0.0, before=1.0, good=True),
        _pair(21, "a", 1.0, before=1.0, good=True),
        _pair(22, "a", 1.0, good=True),
        _pair(23, "a", None),
    ]
    assert count_fixed(pairs, success_at=0.7) == (4, 8)
