"""Messages of chat completions are written again as they were."""

from typing import Any

import pytest
from tests.wire.cases import CHAT
from tests.wire.normal import normal

from upspiral.wire import openai_chat
from upspiral.wire.messages import read_message


@pytest.mark.parametrize("message", [pytest.param(one, id=name) for name, one in CHAT])
def test_a_message_of_chat_completions_is_written_again_as_it_was(message: dict[str, Any]) -> None:
    assert normal(openai_chat.write_messages(read_message(message))) == [normal(message)]
