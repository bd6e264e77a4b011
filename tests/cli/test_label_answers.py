"""A person judges answers drawn at random, key by key, and goes on later."""

import json
from pathlib import Path

import pytest
from tests.cli.running import run
from typer.testing import CliRunner

from upspiral.cli.main import app
from upspiral.domain import Feedback
from upspiral.store import Store

CASES = 70


@pytest.fixture
def site(data: Path, tmp_path: Path) -> Path:
    """A data folder with conversations that nobody judged."""
    model = ("--model", "openai-compatible:gpt", "--url", "http://127.0.0.1:9/v1")
    assert run("agents", "create", "support", *model, data=data).returncode == 0
    asked = [[{"role": "user", "content": f"Question {n}?"}] for n in range(CASES)]
    rows = [{"agent": "support", "messages": one, "answer": f"Answer {n}."} for n, one in enumerate(asked)]
    file = tmp_path / "past.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows))
    taken = run("import", str(file), data=data)
    assert taken.returncode == 0, taken.stderr
    return data


def _label(site: Path, typed: str) -> str:
    words = ["label", "support", "--answers", "--rater", "anna", "--data", str(site)]
    ran = CliRunner().invoke(app, words, input=typed)
    assert ran.exit_code == 0, (ran.output, ran.exception)
    return ran.output


def _signals(site: Path) -> list[Feedback]:
    with Store(str(site / "upspiral.db")) as store:
        return store.feedback.select()


def test_sixty_answers_are_drawn_and_the_next_time_it_goes_on(site: Path) -> None:
    first = _label(site, "r\nx\nw\nc\nThe right answer.\ns\nq\n")
    assert "Answer 1 of 60" in first
    assert "Answer 5 of 60" in first
    assert "3 of 60 answers drawn at random are judged." in first
    assert "Answer 1 of 57" in _label(site, "q\n")
    assert sorted((one.score or 0.0, str(one.correction), one.source) for one in _signals(site)) == [
        (0.0, "None", "human_evaluation"),
        (0.0, "None", "human_evaluation"),
        (0.0, "The right answer.", "user_correction"),
        (1.0, "None", "human_evaluation"),
    ]
    assert {one.rater for one in _signals(site)} == {"anna"}


def test_an_agent_that_nobody_asked_has_nothing_to_judge(data: Path) -> None:
    model = ("--model", "openai-compatible:gpt", "--url", "http://127.0.0.1:9/v1")
    assert run("agents", "create", "support", *model, data=data).returncode == 0
    assert "0 of 0 answers drawn at random are judged." in _label(data, "")


def test_an_unknown_agent_is_an_error(data: Path) -> None:
    ran = run("label", "nobody", "--answers", data=data)
    assert (ran.returncode, "nobody" in ran.stderr) == (3, True)
