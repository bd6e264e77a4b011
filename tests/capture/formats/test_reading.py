"""What a file says is bounded and can be stored."""

import json
from pathlib import Path

from tests.capture.formats.exported import SPAN, STORED, file

from upspiral.capture.formats import BadLine, Imported
from upspiral.storable import mend


def test_nothing_a_file_says_can_nest_too_deep(tmp_path: Path) -> None:
    path = tmp_path / "deep.jsonl"
    path.write_text("[" * 100_000 + "\n" + json.dumps(SPAN) + "\n")
    bad, good = file(path, "phoenix")
    assert isinstance(bad, BadLine)
    assert isinstance(good, Imported)


def test_half_characters_and_nul_do_not_reach_the_database(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    line = json.dumps(STORED).replace("Here.", r"H\ud83dere\u0000\u0000 \ud83d\ude00 C:\\u0000.")
    path.write_text(line + "\n")
    [found] = file(path, "openai-stored")
    assert isinstance(found, Imported)
    assert mend(found.interaction).answer == "H\ufffdere\ufffd\ufffd \U0001f600 C:\\u0000."
