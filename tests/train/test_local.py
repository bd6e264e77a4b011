"""Running a recipe: real child processes, with small recipes that misbehave in each way."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.waiting import until

from upspiral.domain import JobState
from upspiral.train.base import TrainingRun
from upspiral.train.local import LocalTrainer

pytestmark = pytest.mark.process
WATCH = "import json,os,pathlib,sys,threading,time\nfolder=pathlib.Path(sys.argv[1])\n"
RECIPES = {
    "good": "(folder/'progress.json').write_text("
    "json.dumps({'state':'succeeded','step':3,'total_steps':3,'loss':.1}))",
    "slow": "(folder/'pid').write_text(str(os.getpid())); sys.stdin.read()",
    "full": "print('OSError: [Errno 28] No space left on device'); sys.exit(1)",
    "told": "(folder/'progress.json').write_text(json.dumps({'state':'failed','error':"
    "{'code':'bad_dataset','message':'Line 3 is empty.','hint':'Remove it.'}})); sys.exit(1)",
    "quiet": "sys.exit(3)",
    "spy": "(folder/'env').write_text(json.dumps(dict(os.environ)));"
    "(folder/'progress.json').write_text(json.dumps({'state':'succeeded'}))",
}


@pytest.fixture
def trainer(tmp_path: Path) -> Iterator[LocalTrainer]:
    recipes = tmp_path / "recipes"
    recipes.mkdir()
    for name, text in RECIPES.items():
        (recipes / f"{name}.py").write_text(WATCH + text)
    opened = LocalTrainer(recipes)
    yield opened
    opened.close()


def _run(tmp_path: Path, recipe: str) -> TrainingRun:
    return TrainingRun(tmp_path / "run", {"recipe": recipe, "output": str(tmp_path / "adapter")})


def _settled(trainer: LocalTrainer, run: TrainingRun) -> JobState:
    until(lambda: trainer.progress(run).state != JobState.RUNNING)
    return trainer.progress(run).state


def test_a_recipe_that_succeeds_gives_its_adapter(trainer: LocalTrainer, tmp_path: Path) -> None:
    run = _run(tmp_path, "good")
    trainer.start(run)
    assert _settled(trainer, run) == JobState.SUCCEEDED
    assert trainer.progress(run).adapter == tmp_path / "adapter"
    assert trainer.progress(run).loss == 0.1


def test_started_twice_it_runs_once(trainer: LocalTrainer, tmp_path: Path) -> None:
    run = _run(tmp_path, "slow")
    trainer.start(run)
    while not (run.folder / "pid").exists():
        time.sleep(0.02)
    first = (run.folder / "pid").read_text()
    trainer.start(run)
    time.sleep(0.2)
    assert (run.folder / "pid").read_text() == first
    trainer.close()


def test_a_trainer_that_was_killed_can_be_started_again(trainer: LocalTrainer, tmp_path: Path) -> None:
    run = _run(tmp_path, "slow")
    trainer.start(run)
    while not (run.folder / "pid").exists():
        time.sleep(0.02)
    os.kill(int((run.folder / "pid").read_text()), signal.SIGKILL)
    assert _settled(trainer, run) == JobState.QUEUED


def test_after_a_stop_nothing_of_it_is_alive(trainer: LocalTrainer, tmp_path: Path) -> None:
    run = _run(tmp_path, "slow")
    trainer.start(run)
    while not (run.folder / "pid").exists():
        time.sleep(0.02)
    pid = int((run.folder / "pid").read_text())
    trainer.stop(run)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize(
    ("recipe", "words"),
    [("full", "out of disk"), ("told", "Line 3 is empty. Remove it."), ("quiet", "exit code 3")],
)
def test_a_failure_says_what_happened(trainer: LocalTrainer, tmp_path: Path, recipe: str, words: str) -> None:
    run = _run(tmp_path, recipe)
    trainer.start(run)
    assert _settled(trainer, run) == JobState.FAILED
    assert words in (trainer.progress(run).error or "")


def test_no_key_reaches_a_trainer(
    trainer: LocalTrainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    run = _run(tmp_path, "spy")
    trainer.start(run)
    _settled(trainer, run)
    assert "sk-secret" not in (run.folder / "env").read_text()
    assert "PATH" in json.loads((run.folder / "env").read_text())
