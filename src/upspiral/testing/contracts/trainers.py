"""What must a trainer keep to? Every call may be repeated, and after a stop nothing is alive."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from upspiral.domain import JobState
from upspiral.train.base import Trainer, TrainingProgress, TrainingRun


class TrainerContract:
    """The battery for a trainer; `make` is what was registered, or makes one without arguments."""

    make: Any
    """Makes a Trainer: a class, or a function within `staticmethod`."""
    within_s = 120.0
    """So long a run of `run` takes, at most."""

    def run(self, folder: Path) -> TrainingRun:
        """Give a run that succeeds soon.

        Args:
            folder: Belongs to the run alone; the adapter goes where its spec says.
        """
        raise NotImplementedError

    @pytest.fixture
    def trainer(self) -> Iterator[Trainer]:
        """Make one, and let go of its runs afterwards."""
        made: Trainer = type(self).make()
        yield made
        made.close()

    def end(self, trainer: Trainer, run: TrainingRun) -> TrainingProgress:
        """Wait until a run is over."""
        deadline = time.monotonic() + self.within_s
        while (found := trainer.progress(run)).state == JobState.RUNNING:
            assert time.monotonic() < deadline, f"still running after {self.within_s} s: {found}"
            time.sleep(0.05)
        return found

    def test_a_run_that_was_never_started_is_queued(self, trainer: Trainer, tmp_path: Path) -> None:
        """Ask for it."""
        assert trainer.progress(self.run(tmp_path / "run")).state == JobState.QUEUED

    def test_a_run_gives_its_adapter_and_is_not_done_again(self, trainer: Trainer, tmp_path: Path) -> None:
        """Start it, also while it runs and when it is done."""
        run = self.run(tmp_path / "run")
        trainer.start(run)
        trainer.start(run)
        done = self.end(trainer, run)
        assert done.state == JobState.SUCCEEDED, done.error
        assert done.adapter is not None
        assert done.adapter.is_dir()
        trainer.start(run)
        assert trainer.progress(run).state == JobState.SUCCEEDED

    def test_a_run_that_was_stopped_can_be_started_again(self, trainer: Trainer, tmp_path: Path) -> None:
        """Stop it, also twice, and go on."""
        run = self.run(tmp_path / "run")
        trainer.start(run)
        trainer.stop(run)
        trainer.stop(run)
        assert trainer.progress(run).state in (JobState.QUEUED, JobState.SUCCEEDED)
        trainer.start(run)
        assert self.end(trainer, run).state == JobState.SUCCEEDED

    def test_another_trainer_knows_a_run_that_is_done(self, trainer: Trainer, tmp_path: Path) -> None:
        """Ask one that was made after a restart."""
        run = self.run(tmp_path / "run")
        trainer.start(run)
        assert self.end(trainer, run).state == JobState.SUCCEEDED
        other: Trainer = type(self).make()
        assert other.progress(run).state == JobState.SUCCEEDED
        other.close()
