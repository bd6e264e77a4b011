"""How is a recipe run on this machine? As a caged child process that dies with us and resumes."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Lock
from typing import Any

from upspiral.domain import JobState
from upspiral.plugin_kinds import TRAINER
from upspiral.subprocess_env import child_environment
from upspiral.train.base import TrainingProgress, TrainingRun
from upspiral.train.config import RECIPES


@TRAINER.register("local")
class LocalTrainer:
    """Runs recipes as child processes, one per run.

    A child exits when our end of its standard input closes, so that none outlives us; started again,
    it goes on from its newest checkpoint.
    """

    def __init__(self, recipes: Path = RECIPES) -> None:
        self._recipes = recipes
        self._children: dict[Path, subprocess.Popen[bytes]] = {}
        self._lock = Lock()

    def start(self, run: TrainingRun) -> None:
        """Start the run's recipe unless it runs or is done."""
        with self._lock:
            if self._is_alive(run) or self.progress(run).state == JobState.SUCCEEDED:
                return
            run.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (run.folder / "spec.json").write_text(json.dumps(run.spec, indent=1))
            (run.folder / "progress.json").unlink(missing_ok=True)
            recipe = self._recipes / f"{run.spec['recipe']}.py"
            with (run.folder / "output.log").open("ab") as log:
                self._children[run.folder] = subprocess.Popen(  # noqa: S603 - a fixed program, arguments as a list
                    [sys.executable, "-u", str(recipe), str(run.folder)],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=child_environment(),
                    start_new_session=True,
                )

    def progress(self, run: TrainingRun) -> TrainingProgress:
        """Read how far the run is."""
        said = _read(run.folder / "progress.json")
        state = said.get("state")
        if state == "succeeded":
            return _progress(JobState.SUCCEEDED, said, adapter=Path(run.spec["output"]))
        if state == "failed":
            return _progress(JobState.FAILED, said, error=_explain(said.get("error") or {}))
        if self._is_alive(run):
            return _progress(JobState.RUNNING, said)
        child = self._children.get(run.folder)
        if child is None or child.returncode in (-signal.SIGKILL, -signal.SIGTERM, 75):
            return _progress(JobState.QUEUED, said)
        return _progress(JobState.FAILED, said, error=_last_words(run, child.returncode))

    def stop(self, run: TrainingRun) -> None:
        """Kill the run's whole process group."""
        child = self._children.pop(run.folder, None)
        if child is None:
            return
        if child.stdin:
            child.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def close(self) -> None:
        """Stop every run; each can be started again later."""
        for folder in list(self._children):
            self.stop(TrainingRun(folder))

    def _is_alive(self, run: TrainingRun) -> bool:
        child = self._children.get(run.folder)
        if child is None:
            return False
        ended = child.poll() is not None
        if ended and child.stdin:
            child.stdin.close()
        return not ended


def _read(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _progress(state: JobState, said: dict[str, Any], **more: Any) -> TrainingProgress:
    return TrainingProgress(
        state,
        step=int(said.get("step") or 0),
        total_steps=int(said.get("total_steps") or 0),
        loss=said.get("loss"),
        **more,
    )


def _explain(error: dict[str, Any]) -> str:
    return f"{error.get('message', 'The trainer failed.')} {error.get('hint', '')}".strip()


def _last_words(run: TrainingRun, code: int | None) -> str:
    log = run.folder / "output.log"
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    said = lines[-1][:300] if lines else "nothing"
    if "No space left" in said or "disk_full" in said:
        return f"The trainer ran out of disk in {run.folder}. Free some space and run the night again."
    return f"The trainer ended with exit code {code}, saying: {said}. Its whole output is in {log}."
