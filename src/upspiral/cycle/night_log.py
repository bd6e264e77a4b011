"""What did a night do, and when? A file for each night beside the server's log."""

from pathlib import Path

from upspiral.domain import CycleEvent

FOLDER = "nights"


class NightLog:
    """Listens to the events of nights and writes each into the file of its night.

    Args:
        folder: Of the logs.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER

    def __call__(self, event: CycleEvent) -> None:
        """Write one event: when, which step, and what became of it; what a step quotes stays in the store."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / f"{event.cycle}.log").open("a") as out:
            out.write(f"{event.at.isoformat(timespec='seconds')} {event.step} {event.what}\n")
