"""Every shape of a message that providers send is read."""

import pytest
from tests.curate.teaching import GOOD

from upspiral.providers.reading import read

BODIES = [
    (
        b'{"content":[{"type":"text","text":"Vouchers cannot "},{"type":"text","text":"be paid out."}]}',
        GOOD,
        False,
    ),
    (b'{"content":null,"refusal":"I cannot."}', "I cannot.", True),
    (b'{"content":[{"type":"refusal","refusal":"I cannot."}]}', "I cannot.", True),
    (b'{"content":"' + GOOD.encode() + b'","reasoning_content":"hm"}', GOOD, False),
    (b'{"content":"' + GOOD.encode() + b'","reasoning":{"effort":"low"}}', GOOD, False),
]


@pytest.mark.parametrize(("message", "answer", "refused"), BODIES)
def test_every_shape_of_a_message_is_read(message: bytes, answer: str, refused: bool) -> None:
    found = read(b'{"choices":[{"message":' + message + b"}]}", model="m")
    assert (found.answer, found.refused) == (answer, refused)


@pytest.mark.parametrize("arguments", [b'{"q":"x"}', b'"{\\"q\\":\\"x\\"}"'])
def test_arguments_of_a_call_are_read_as_text_or_as_an_object(arguments: bytes) -> None:
    call = b'{"id":"c","type":"function","function":{"name":"look","arguments":' + arguments + b"}}"
    found = read(b'{"choices":[{"message":{"content":null,"tool_calls":[' + call + b"]}}]}", model="m")
    assert [(c.name, c.arguments) for c in found.tool_calls] == [("look", '{"q":"x"}')]
