"""The tag of a prompt changes with everything in it, and with nothing else."""

from typing import Any

import msgspec
import pytest

from upspiral.wire.delivered_prompt import DeliveredPrompt, PromptMessage, write_text

PROMPT = DeliveredPrompt(
    agent="support",
    version="support@1",
    number=1,
    model="gpt",
    messages=(PromptMessage("system", "Be brief."),),
    text="Be brief.",
    sampling={"temperature": 0.5},
)


@pytest.mark.parametrize(
    "change",
    [
        {"version": "support@2"},
        {"model": "gpt-6"},
        {"messages": ()},
        {"sampling": {}},
        {"arm": "canary"},
        {"deployment": "dep_1"},
    ],
)
def test_the_tag_changes_with_everything_in_it(change: dict[str, Any]) -> None:
    assert msgspec.structs.replace(PROMPT, **change).etag != PROMPT.etag


def test_the_tag_is_the_same_after_a_way_through_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(PROMPT), type=DeliveredPrompt).etag == PROMPT.etag


def test_no_messages_are_an_empty_text() -> None:
    assert write_text(()) == ""
