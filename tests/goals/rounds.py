"""How many rounds does an attack take, where does it go on, and where are its figures written?

`make test` takes a few rounds. `make prove GOAL=n` takes all of them, going on where the last such run
stopped, and writes what was reached into docs/results/security-goals.md.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "results" / "security-goals.md"
KEPT = ROOT / ".goals"
"""Where it is written down how far each goal has come."""
ROUNDS, MINUTES = "GOAL_ROUNDS", "GOAL_MINUTES"
"""Variables: `full` or a number of rounds; and minutes after which no further round begins."""


class Rounds:
    """The rounds of one goal, each known by its number, which seeds its chance.

    Args:
        goal: Its number on the page of security requirements.
        few: Rounds in `make test`.
        full: Rounds that the goal asks for.
        environment: Says how many are wanted.
        kept: The folder in which it is kept how far a proof has come.
    """

    def __init__(
        self,
        goal: int,
        *,
        few: int,
        full: int,
        environment: Mapping[str, str] = os.environ,
        kept: Path = KEPT,
    ) -> None:
        self.goal, self.full = goal, full
        wanted = environment.get(ROUNDS)
        self.is_proof = wanted is not None
        self.wanted = few if wanted is None else full if wanted == "full" else int(wanted)
        self._until = time.monotonic() + 60 * float(environment.get(MINUTES) or "inf")
        self._file = kept / f"{goal:02d}.json"
        known = json.loads(self._file.read_text()) if self.is_proof and self._file.exists() else {}
        self.done: int = known.get("done", 0)
        self.counts: dict[str, float] = known.get("counts", {})
        self.peaks: dict[str, float] = known.get("peaks", {})

    def __iter__(self) -> Iterator[int]:
        """Give the number of each round that is still to be done; one that the caller got through is kept."""
        while self.done < self.wanted and time.monotonic() < self._until:
            yield self.done
            self.done += 1
            self._keep()

    def count(self, what: str, by: float = 1) -> None:
        """Add to a figure that is summed over all rounds."""
        self.counts[what] = self.counts.get(what, 0) + by

    def peak(self, what: str, value: float) -> None:
        """Note a figure of which the largest is told."""
        self.peaks[what] = max(value, self.peaks.get(what, value))

    def report(self, page: Path = PAGE, *, today: date | None = None) -> str:
        """Tell what was reached, and write it down where this is a proof."""
        figures = [f"{value:g} {what}" for what, value in self.counts.items()]
        figures += [f"{what} at most {value:.3g}" for what, value in self.peaks.items()]
        cells = (str(self.goal), f"{self.done} of {self.full}", ", ".join(figures))
        if self.is_proof:
            write_row(page, (*cells, f"{today or date.today():%Y-%m-%d}"))  # noqa: DTZ011 - for people
        return " | ".join(cells)

    def _keep(self) -> None:
        if self.is_proof:
            self._file.parent.mkdir(exist_ok=True)
            half = self._file.with_suffix(".half")
            half.write_text(json.dumps({"done": self.done, "counts": self.counts, "peaks": self.peaks}))
            half.replace(self._file)


def write_row(page: Path, cells: tuple[str, ...]) -> None:
    """Write a row into the table of a page, in place of the one of the same goal, in the order of goals."""
    lines = page.read_text().splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("|---")) + 1
    last = next((n for n in range(first, len(lines)) if not lines[n].startswith("|")), len(lines))
    rows = {int(line.split("|")[1]): line for line in lines[first:last]}
    rows[int(cells[0])] = f"| {' | '.join(cells)} |"
    lines[first:last] = [rows[goal] for goal in sorted(rows)]
    page.write_text("\n".join(lines) + "\n")
