"""Where things stand, on the command line."""

import json
from pathlib import Path

from tests.cli.running import run

from upspiral.cli import api


def test_status_read_in_the_folder_is_what_the_rest_api_answers(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "traces.jsonl"
    rows = [
        {"messages": [{"role": "user", "content": text}], "answer": "Hello.", "success": True}
        for text in "ab"
    ]
    file.write_text("\n".join(json.dumps(row) for row in rows))
    assert (
        run(
            "agents",
            "create",
            "support",
            "--model",
            "openai-compatible:gpt-4o",
            "--url",
            "http://127.0.0.1:9",
            data=data,
        ).returncode
        == 0
    )
    assert run("import", str(file), "--agent", "support", data=data).returncode == 0
    told = json.loads(run("status", "--json", data=data).stdout)
    assert told.pop("server") is None
    assert told == api.request("GET", "/api/v1/status", data, None)
    assert (told["interactions"], told["agents"][0]["agent"]) == (2, "support")


def test_status_of_a_folder_that_is_not_there_says_so_and_makes_none(tmp_path: Path) -> None:
    told = run("status", data=tmp_path / "typo")
    assert (told.returncode, list(tmp_path.iterdir())) == (3, [])
    assert f"There is no data folder {tmp_path}/typo." in told.stderr
