"""Versions made on the command line."""

import json
from pathlib import Path

from tests.cli.running import run


def test_a_version_with_other_words_is_made_and_the_next_actions_are_told(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "shown.jsonl"
    model = ("--model", "openai-compatible:gpt", "--url", "http://127.0.0.1:9/v1")
    assert run("agents", "create", "support", *model, data=data).returncode == 0
    file.write_text(json.dumps({"question": "Open on Sunday?", "answer": "No."}) + "\n\n")
    words = ("agents", "revise", "support", "--rule", "Be kind.", "--rule", "Be short.")
    told = run(*words, "--examples", str(file), data=data)
    assert told.returncode == 0, told.stderr
    assert "support@2 is made and answers nobody yet" in told.stdout
    assert "upspiral compare support 2 live" in told.stdout
    again = run(*words, "--examples", str(file), data=data)
    assert (again.returncode, "support@2 says just this already" in again.stderr) == (4, True)
    file.write_text("no json\n")
    broken = run(*words, "--examples", str(file), data=data)
    assert (broken.returncode, "Line 1 of" in broken.stderr) == (2, True)


def test_a_budget_of_an_agent_is_set_shown_and_taken_away(data: Path) -> None:
    model = ("--model", "openai-compatible:gpt", "--url", "http://127.0.0.1:9/v1")
    assert run("agents", "create", "support", *model, data=data).returncode == 0
    edited = run("agents", "edit", "support", "--budget-tokens", "200,000", "--budget-usd", "1", data=data)
    assert edited.returncode == 0, edited.stderr
    assert "200,000 tokens and 1 US dollars" in run("agents", "show", "support", data=data).stdout
    assert run("agents", "edit", "support", "--budget-usd", "none", data=data).returncode == 0
    shown = json.loads(run("agents", "show", "support", "--json", data=data).stdout)["agent"]
    assert (shown["budget_tokens"], shown["budget_usd"]) == (200_000, None)
    wrong = run("agents", "edit", "support", "--budget-usd", "much", data=data)
    assert (wrong.returncode, "--budget-usd is 'much', which is no amount" in wrong.stderr) == (2, True)
