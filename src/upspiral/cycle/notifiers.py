"""Who is told what happens in the nights? The notifiers that the settings name; one writes it into files."""

from pathlib import Path
from typing import Protocol

from upspiral.config import Settings
from upspiral.domain import CycleEvent
from upspiral.plugin_kinds import NOTIFIER

FOLDER = "nights"


class Notifier(Protocol):
    """Is told of every event of a night, in the night's own thread; what it raises is logged, no more.

    The same event may come twice where a process was stopped in between; its `id` is the same then.
    """

    def __call__(self, event: CycleEvent, /) -> None:
        """Take one event: a step that started, finished or failed, or the night that ended."""
        ...


def make_notifiers(settings: Settings) -> tuple[Notifier, ...]:
    """Make the notifiers that the settings name.

    Raises:
        ConfigError: There is none of a name.
    """
    return tuple(NOTIFIER.get(name)(settings) for name in settings.cycle.notifiers)


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


@NOTIFIER.register("night-log")
def make_night_log(settings: Settings) -> NightLog:
    """Make the one that writes beside the server's log."""
    return NightLog(settings.data / "logs", keep=settings.log_nights)
