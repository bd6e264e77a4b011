"""Messages of Anthropic's are written again as they were."""

from typing import Any

import pytest
from tests.wire.cases import ANTHROPIC
from tests.wire.normal import normal

from upspiral.wire import anthropic
from upspiral.wire.messages import read_message


@pytest.mark.parametrize("message", [pytest.param(one, id=name) for name, one in ANTHROPIC])
def test_a_message_of_anthropic_is_written_again_as_it_was(message: dict[str, Any]) -> None:
    assert normal(anthropic.write_messages(read_message(message))) == [normal(message)]
