"""A server that kills itself, as by SIGKILL, when a step of a night starts or finishes.

`python serve_and_die.py STEP:WHAT serve ...`; with `never` in place of the first it lives on, and with
`STEP:WHAT:SIGSTOP` it stands still until it is told to go on.
"""

import os
import signal
import sys

from upspiral.cli.main import app
from upspiral.cycle.durable.engine import Engine, Night


def main() -> None:
    """Serve until the deadly step."""
    given, emit = sys.argv.pop(1), Engine.emit
    deadly, name = given.removesuffix(":SIGSTOP"), "SIGSTOP" if given.endswith(":SIGSTOP") else "SIGKILL"

    def emit_and_die(self: Engine, night: Night, step: str, what: str, detail: str = "") -> None:
        emit(self, night, step, what, detail)
        if deadly == f"{step}:{what}":
            os.kill(os.getpid(), signal.Signals[name])

    Engine.emit = emit_and_die  # type: ignore[method-assign]
    app()


if __name__ == "__main__":
    main()
