"""Examples as others read them, and the hash of their content."""

import json
from random import Random

import msgspec
from tests.conftest import Maker

from upspiral.curate.formats import chat_line, council_line, sha256
from upspiral.domain import Example, ExampleKind, Message, Split
from upspiral.domain.ids import DEFAULT_WORKSPACE, DatasetId, ExampleId


def _example(make: Maker, number: int = 0) -> Example:
    asked = make.interaction()
    return Example(
        id=ExampleId(f"ex_{number}"),
        workspace=DEFAULT_WORKSPACE,
        dataset=DatasetId("ds"),
        interaction=asked.id,
        conversation=asked.conversation,
        kind=ExampleKind.REWRITE,
        split=Split.TRAIN,
        messages=(Message("system", "Be kind."), Message("user", f"Where is number {number}?")),
        answer="It left\nthis morning, größer.",
    )


def test_a_line_for_fine_tuning_ends_with_the_answer(make: Maker) -> None:
    line = chat_line(_example(make))
    assert "\n" not in line
    messages = json.loads(line)["messages"]
    assert [one["role"] for one in messages] == ["system", "user", "assistant"]
    assert messages[-1]["content"] == "It left\nthis morning, größer."


def test_a_line_for_the_council_has_its_four_fields(make: Maker) -> None:
    told = json.loads(council_line(_example(make), failed="No idea."))
    assert {"instruction", "output", "reasoning", "quality_score"} <= set(told)
    assert told["output"] == "It left\nthis morning, größer."
    assert 0 <= told["quality_score"] <= 1


def test_the_hash_is_that_of_the_content_in_whatever_order_it_comes(make: Maker) -> None:
    examples = [_example(make, number) for number in range(8)]
    mixed = Random(0).sample(examples, 8)
    assert sha256(mixed) == sha256(examples)
    for changed in ({"answer": "x"}, {"split": Split.HELDOUT}, {"messages": (Message("user", "x"),)}):
        assert sha256([msgspec.structs.replace(examples[0], **changed), *examples[1:]]) != sha256(examples)
