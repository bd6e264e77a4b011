"""One of several servers on one database: it records, judges, chooses and follows with many threads.

`python capture_and_choose.py URL DATA NAME THREADS SECONDS` says `done` when its threads are through, waits
for a line, joins what came early, waits again, follows once more and prints what it did as JSON.
"""

import json
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from upspiral import capture
from upspiral.app import App
from upspiral.cli.commands.serve import import_ahead
from upspiral.config import load
from upspiral.domain import (
    Feedback,
    FeedbackTarget,
    Interaction,
    Message,
    PendingFeedback,
    Source,
    ToolCall,
    Usage,
)
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, FeedbackId, InteractionId

W = DEFAULT_WORKSPACE
SHARED = 3
"""One in so many Interactions is sent by every process."""
SOURCES = (Source.USER_RATING, Source.JUDGE, Source.VERIFIER, Source.IMPLICIT)


class Server:
    """One process: its app, and what was acknowledged to its threads."""

    def __init__(self, app: App, name: str) -> None:
        self.app, self.name = app, name
        self.runtime = app.runtime
        self.recorded: set[str] = set()
        self.judged: dict[str, str] = {}
        self.errors: list[str] = []
        self.choices = 0

    def work(self, thread: int, until: float) -> None:
        """Do everything again and again, and remember what was acknowledged and what went wrong."""
        rng, turn = Random(f"{self.name}/{thread}"), 0
        while time.monotonic() < until:
            try:
                self._turn(rng, f"{thread}-{turn}")
            except Exception as error:
                self.errors.append(repr(error))
            turn += 1

    def _turn(self, rng: Random, turn: str) -> None:
        made = [self._interaction(rng, turn, part) for part in range(rng.randrange(1, 4))]
        store, writer = self.runtime.store, self.runtime.writer
        writer.submit(lambda: capture.record(store, *made, now=self.runtime.now()), rows=len(made)).result()
        self.recorded |= {one.id for one in made}
        given = [self._signal(rng, f"{turn}-{n}", rng.choice(made).id) for n in range(rng.randrange(4))]
        settings, now = self.app.settings.capture, self.runtime.now()
        writer.submit(
            lambda: capture.give_named(store, given, settings=settings, now=now, wait=True), rows=len(given)
        ).result()
        self.judged |= {one.id: one.key for one in given}
        if rng.random() < 0.1:
            self.runtime.routers.refresh()
        if rng.random() < 0.05:
            self.app.join_early()

    def _interaction(self, rng: Random, turn: str, part: int) -> Interaction:
        choice = self.runtime.routers.get(W).choose(f"{self.name}-{turn}", rng.choice("xy"))
        self.choices += 1
        shared = rng.randrange(SHARED) == 0
        ident = f"shared-{turn}-{part}" if shared else f"{self.name}-{turn}-{part}"
        rng = Random(ident)
        return Interaction(
            id=InteractionId(ident),
            workspace=W,
            agent=AgentId(rng.choice("abc")) if shared else choice.agent,
            at=self.runtime.now() - timedelta(days=rng.randrange(3)),
            messages=(Message("user", "What?"),),
            answer="That.",
            model=rng.choice("mn"),
            conversation=ident,
            tool_calls=(ToolCall(name=rng.choice("uv")),),
            usage=Usage(rng.randrange(99), 7, 0.25),
            error="boom" if rng.random() < 0.1 else None,
            metadata={"domain": rng.choice("xy")},
        )

    def _signal(self, rng: Random, turn: str, about: str) -> PendingFeedback:
        if rng.randrange(3) == 0:
            about = f"shared-{turn.rsplit('-', 1)[0]}-0"  # perhaps others judge it, perhaps it never comes
        ident, now = FeedbackId(f"{self.name}-{turn}"), self.runtime.now()
        source = rng.choice(SOURCES)
        signal = Feedback(
            id=ident,
            workspace=W,
            interaction=InteractionId(""),
            at=now,
            source=source,
            rater=source,  # one rater each, so that what has settled stays so, though it may turn
            score=rng.choice((0.0, 1.0)),
        )
        return PendingFeedback(
            id=ident, workspace=W, at=now, by=FeedbackTarget.INTERACTION, key=about, signal=signal
        )

    def told(self) -> dict[str, Any]:
        """Follow once more and say what became of everything."""
        self.runtime.routers.refresh()
        return {
            "recorded": sorted(self.recorded),
            "judged": self.judged,
            "errors": self.errors,
            "choices": self.choices,
            "counted": self.runtime.routers.get(W).now,
        }


def tell(words: str) -> None:
    """Say one line to whoever started this."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main() -> None:
    """Work, wait for the others, and tell."""
    url, data, name, threads, seconds = sys.argv[1:]
    import_ahead()  # else it would take most of the few seconds
    with App(load(data=Path(data), database_url=url)) as app:
        server, until = Server(app, name), time.monotonic() + float(seconds)
        crew = [threading.Thread(target=server.work, args=(n, until)) for n in range(int(threads))]
        for one in crew:
            one.start()
        for one in crew:
            one.join()
        tell("done")
        sys.stdin.readline()
        while app.join_early():
            pass
        tell("joined")
        sys.stdin.readline()
        tell(json.dumps(server.told()))


if __name__ == "__main__":
    main()
