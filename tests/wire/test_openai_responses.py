"""Items of responses are written again as they were."""

from typing import Any

import pytest
from tests.wire.cases import RESPONSES
from tests.wire.normal import normal

from upspiral.wire import openai_responses


@pytest.mark.parametrize("item", [pytest.param(one, id=name) for name, one in RESPONSES])
def test_an_item_of_responses_is_written_again_as_it_was(item: dict[str, Any]) -> None:
    assert normal(openai_responses.write_input(openai_responses.read_messages({"input": [item]}))) == [item]


def test_a_whole_talk_of_responses_is_written_again_item_by_item() -> None:
    items = [one for _, one in RESPONSES]
    told = openai_responses.read_messages({"input": items})
    assert normal(openai_responses.write_input(told)) == items
