"""A server in which things fail with what users wrote in the error's words, as libraries' errors often do.

`python serve_with_faults.py serve ...`
"""

from typing import Any

from upspiral import analyze
from upspiral.app import Upspiral
from upspiral.cli.main import app
from upspiral.cycle import weaknesses
from upspiral.reputation import Reputations


def main() -> None:
    """Serve with faults in a route, a background thread, a routine and a step of the night."""

    def search(self: Upspiral, text: str, **_: Any) -> None:
        held = {"text": text, "spiral": self}
        raise ValueError(f"cannot look for {held['text']}")

    def keep(self: Reputations) -> None:
        newest = self._runtime.store.interactions.latest(self._runtime.snapshot and "default", limit=5)  # type: ignore[call-arg]
        if newest:
            raise RuntimeError(f"cannot keep {newest}")

    def find(store: Any, agent: Any, **_: Any) -> None:
        raise KeyError(f"cannot find {store.interactions.latest('default', limit=5)}")

    Upspiral.alike = search  # type: ignore[method-assign,assignment]
    Reputations.keep = keep  # type: ignore[method-assign]
    analyze.find = find  # type: ignore[assignment]
    weaknesses.find = find  # type: ignore[attr-defined]
    app()


if __name__ == "__main__":
    main()
