"""What must a trainer be able to do? Be started, asked, and stopped."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from upspiral.domain import JobState


@dataclass(frozen=True)
class TrainingProgress:
    """What a trainer says of one run."""

    state: JobState
    step: int = 0
    total_steps: int = 0
    loss: float | None = None
    error: str | None = None
    """What went wrong and what to do next."""
    adapter: Path | None = None
    """Folder of the finished adapter; None unless succeeded."""


@dataclass(frozen=True)
class TrainingRun:
    """One training run: everything a trainer needs to know."""

    folder: Path
    """Belongs to this run alone; the spec, progress and checkpoints lie here."""
    spec: dict[str, Any] = field(default_factory=dict)


class Trainer(Protocol):
    """Runs trainings outside of this process. Every call may be repeated after a crash."""

    def start(self, run: TrainingRun) -> None:
        """Start the run, or go on with it, if it neither runs nor is done."""

    def progress(self, run: TrainingRun) -> TrainingProgress:
        """Say how far the run is; a run whose process is gone is QUEUED again."""

    def stop(self, run: TrainingRun) -> None:
        """Stop the run; nothing of it is alive afterwards."""

    def close(self) -> None:
        """Let go of every run as the process ends; each can be started again later."""
