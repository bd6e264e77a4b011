"""Pieces of an answer are told one block after the other."""

from upspiral.wire.translate.blocks import BlockEvent, BlockSequencer
from upspiral.wire.translate.deltas import Delta


def _told(events: list[BlockEvent]) -> list[tuple[str, str, str]]:
    return [(event.what, event.block.kind, event.text) for event in events]


def test_words_and_a_call_are_two_blocks_in_their_order() -> None:
    sequencer = BlockSequencer()
    assert sequencer.is_empty
    events = sequencer.take(Delta(key=("t",), kind="text", text="Look"))
    events += sequencer.take(Delta(key=("c",), kind="call", text='{"q"', id="c1", name="look"))
    events += sequencer.take(Delta(key=("c",), kind="call", text=":1}"))
    events += sequencer.end()
    assert not sequencer.is_empty
    kinds = [(what, kind) for what, kind, _ in _told(events) if what != "more"]
    assert kinds == [("begin", "text"), ("end", "text"), ("begin", "call"), ("end", "call")]
    assert "".join(event.text for event in events if event.block.kind == "call") == '{"q":1}'


def test_pieces_that_a_host_mixes_are_told_apart_and_none_is_lost() -> None:
    sequencer = BlockSequencer()
    events = sequencer.take(Delta(key=("a",), kind="call", text='{"x":', id="a", name="f"))
    events += sequencer.take(Delta(key=("b",), kind="call", text='{"y":', id="b", name="g"))
    events += sequencer.take(Delta(key=("a",), kind="call", text="1}"))
    events += sequencer.take(Delta(key=("b",), kind="call", text="2}"))
    events += sequencer.end()
    begun: list[str] = []
    texts: dict[str, str] = {}
    for event in events:
        if event.what == "begin":
            begun.append(event.block.name)
        texts[event.block.name] = texts.get(event.block.name, "") + event.text
    assert begun == ["f", "g"]
    assert texts == {"f": '{"x":1}', "g": '{"y":2}'}
