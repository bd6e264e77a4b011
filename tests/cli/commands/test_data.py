"""Bringing data in on the command line."""

import json
from pathlib import Path

from tests.cli.running import run

LINE = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]}


def test_a_file_is_imported_once_and_its_bad_lines_are_named(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "traces.jsonl"
    rows = [
        json.dumps({**LINE, "model": "m", "success": True}),
        "no json",
        json.dumps({**LINE, "success": 0}),
    ]
    file.write_text("\n".join(rows))
    for _ in range(2):
        told = run("import", str(file), "--agent", "support", data=data)
        assert told.returncode == 0, told.stderr
        assert "Read 2 interactions with 2 outcomes" in told.stdout
        assert "line 2" in told.stdout
    status = json.loads(run("status", "--json", data=data).stdout)
    assert (status["interactions"], status["feedback"]) == (2, 2)
    found = json.loads(run("analyze", "--by", "agent", "--json", data=data).stdout)
    assert [(row["key"], row["settled"], row["failures"]) for row in found["agent"]] == [("support", 2, 1)]
