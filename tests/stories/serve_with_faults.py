"""A server in which things fail with what users wrote in the error's words, as libraries' errors often do.

`python serve_with_faults.py serve ...`
"""

from typing import Any

from upspiral import analyze
from upspiral.app import App
from upspiral.cli.main import app
from upspiral.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from upspiral.queries import interactions
from upspiral.runtime import Runtime


def main() -> None:
    """Serve with faults in a route, a background thread, a routine and a step of the night."""

    def search(runtime: Runtime, workspace: WorkspaceId, text: str, **_: Any) -> None:
        held = {"text": text, "runtime": runtime, "workspace": workspace}
        raise ValueError(f"cannot look for {held['text']}")

    def join(self: App) -> None:
        newest = self.runtime.store.interactions.latest(DEFAULT_WORKSPACE, limit=5)
        if newest:
            raise RuntimeError(f"cannot join {newest}")

    def find(store: Any, *_: Any, **__: Any) -> None:
        raise KeyError(f"cannot find {store.interactions.latest(DEFAULT_WORKSPACE, limit=5)}")

    interactions.search_interactions = search  # type: ignore[assignment]
    App.join_early = join  # type: ignore[method-assign,assignment]
    analyze.find = find  # type: ignore[assignment]
    app()


if __name__ == "__main__":
    main()
