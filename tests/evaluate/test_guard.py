"""A candidate that breaks a guard more often is refused, whatever it gains."""

import pytest
from msgspec.structs import replace
from tests.evaluate.paired import make_pairs, make_report
from tests.factories import make_example

from upspiral.config import load
from upspiral.domain import Example, Pair, ToolCall
from upspiral.domain.ids import (
    DatasetId,
    ExampleId,
    InteractionId,
)
from upspiral.domain.interaction import RequestOptions, ToolDefinition
from upspiral.domain.judgment.random_sample import SAMPLE_SIZE
from upspiral.errors import ConfigError
from upspiral.evaluate.config import EvaluateSettings
from upspiral.evaluate.gate import judge
from upspiral.evaluate.guard import apply_guards

SETTINGS = EvaluateSettings(guards=("no-refusal", "schema"))


def _answered(answers: list[tuple[str, str]]) -> tuple[list[Pair], dict[ExampleId, Example]]:
    pairs = [
        Pair(
            example=ExampleId(f"ex{n}"),
            conversation=f"c{n}",
            slice="rest",
            candidate=1.0,
            incumbent=0.0,
            candidate_answer=new,
            incumbent_answer=old,
        )
        for n, (new, old) in enumerate(answers)
    ]
    cases = {
        pair.example: make_example(
            id=pair.example,
            dataset=DatasetId("ds"),
            interaction=InteractionId("int"),
            conversation=pair.conversation,
            answer='{"at": "home"}',
        )
        for pair in pairs
    }
    return pairs, cases


def _guard_checks(pairs: list[Pair]) -> dict[str, bool]:
    checks, _, _ = judge(make_report(pairs), history=(), settings=SETTINGS, drawn_wrong=SAMPLE_SIZE)
    return {check.name: check.passed for check in checks if check.name.startswith("guard")}


def test_each_pair_names_the_guards_that_only_one_answer_breaks() -> None:
    pairs, cases = _answered([("I cannot help with that.", '{"at": "x"}'), ('{"at": 1}', "text"), ("a", "b")])
    found = apply_guards(pairs, cases, SETTINGS.guards, calls={})
    assert [pair.broken_guards for pair in found] == [("no-refusal", "schema"), (), ()]
    assert [pair.kept_guards for pair in found] == [(), (), ()]


def test_a_call_that_breaks_the_schema_of_its_tool_counts_against_who_made_it() -> None:
    pairs, cases = _answered([("[called book({})]", "It is at home.")] * 3)
    tool = ToolDefinition(name="book", parameters={"required": ["town"]})
    cases = {name: replace(case, options=RequestOptions(tools=(tool,))) for name, case in cases.items()}
    good, bad = ToolCall(name="book", arguments='{"town": "Paris"}'), ToolCall(name="book", arguments="{}")
    made = {pairs[0].example: ((bad,), (good,)), pairs[1].example: ((good,), (good, bad))}
    found = apply_guards(pairs, cases, ["tool-schema"], calls=made)
    assert [pair.broken_guards for pair in found] == [("tool-schema",), (), ()]
    assert [pair.kept_guards for pair in found] == [(), ("tool-schema",), ()]


def test_a_candidate_that_breaks_a_guard_more_often_is_refused() -> None:
    fine, broken = ('{"at": "x"}', '{"at": "y"}'), ("It is at home.", '{"at": "y"}')
    pairs, cases = _answered([broken] * 12 + [fine] * 50)
    assert _guard_checks(apply_guards(pairs, cases, SETTINGS.guards, calls={})) == {
        "guard no-refusal": True,
        "guard schema": False,
    }


def test_one_slip_is_no_veto_and_a_guard_that_is_kept_more_often_is_none() -> None:
    fine, broken = ('{"at": "x"}', '{"at": "y"}'), ("It is at home.", '{"at": "y"}')
    for rows in ([broken] + [fine] * 50, [broken[::-1]] * 20 + [fine] * 50):
        pairs, cases = _answered(rows)
        assert all(_guard_checks(apply_guards(pairs, cases, SETTINGS.guards, calls={})).values())


def test_without_guards_nothing_is_asked() -> None:
    pairs = make_pairs([(True, False, "a")] * 3)
    _, cases = _answered([("", "")] * 3)
    assert apply_guards(pairs, cases, (), calls={}) == pairs


def test_a_guard_that_there_is_not_stops_the_start(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(ConfigError, match="no scorer 'shema'"):
        load(data=tmp_path_factory.mktemp("data"), evaluate={"guards": ["shema"]})
