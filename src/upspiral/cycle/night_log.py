"""What did a night do, and when? A file for each night beside the server's log."""

from pathlib import Path

from upspiral.domain import CycleEvent

FOLDER = "nights"


class NightLog:
    """Listens to the events of nights and writes each into the file of its night.

    Args:
        folder: Of the logs.
        keep: So many nights keep their file, those written last.
    """

    def __init__(self, folder: Path, *, keep: int) -> None:
        self.folder, self._keep = folder / FOLDER, keep

    def __call__(self, event: CycleEvent) -> None:
        """Write one event: when, which step, and what became of it; what a step quotes stays in the store."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self.folder / f"{event.cycle}.log"
        if not file.exists():
            self._remove_oldest()
        with file.open("a") as out:
            out.write(f"{event.at.isoformat(timespec='seconds')} {event.step} {event.what}\n")

    def _remove_oldest(self) -> None:
        """Make room for one more."""
        files = sorted(self.folder.glob("*.log"), key=lambda one: one.stat().st_mtime, reverse=True)
        for old in files[self._keep - 1 :]:
            old.unlink(missing_ok=True)
