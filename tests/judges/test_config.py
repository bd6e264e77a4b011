"""A misspelt judge stops the start, and a judge without a model stops the comparison."""

from pathlib import Path

import pytest

from upspiral.app import App
from upspiral.config import load
from upspiral.errors import ConfigError


def test_a_judge_that_there_is_not_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no judge 'gpt'"):
        load(data=tmp_path, judge={"name": "gpt"})


def test_the_scorer_judge_without_a_model_says_what_to_set(data: Path) -> None:
    settings = load(data=data, evaluate={"scorer": "judge"})
    with App(settings, nights=False) as app, pytest.raises(ConfigError, match="No judge is set") as refused:
        app.runtime.scorer(app.workspace)
    assert "judge.url or judge.model is empty" in refused.value.message


def test_a_teachers_answers_are_not_verified_by_a_judge(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no scorer 'judge'"):
        load(data=tmp_path, curate={"scorer": "judge"})
