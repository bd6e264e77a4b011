"""How is an application served from a thread of the same process, and ended without a wait?"""

import asyncio
import threading
from contextlib import suppress
from typing import Self

import uvicorn

MAX_END_S = 5.0
"""An answer that is under way when the server ends may take so long; then it is left behind."""


class _PromptServer(uvicorn.Server):
    """Begins and ends at once, where uvicorn looks ten times a second whether it shall."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = threading.Event()

    async def main_loop(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        await self.on_tick(0)
        self.begun.set()
        await self._end.wait()

    def end(self, *, at_once: bool) -> None:
        self.force_exit = at_once
        self._loop.call_soon_threadsafe(self._end.set)

    async def shutdown(self, sockets: object = None) -> None:
        state = self.server_state
        for server in self.servers:
            server.close()
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks and not self.force_exit:
            await asyncio.wait(state.tasks)
        await asyncio.sleep(0)  # a connection is closed in the next turn of the loop


class ServerThread:
    """A server on 127.0.0.1 in a thread, as a context manager.

    Args:
        config: The application, and how uvicorn serves it; port 0 takes a free one.
        at_once: Is what is under way at the end broken off, rather than waited for?
    """

    def __init__(self, config: uvicorn.Config, *, at_once: bool = False) -> None:
        self._server, self._at_once = _PromptServer(config), at_once
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = 0
        """Where it listens; known once it has begun."""

    def _run(self) -> None:
        with suppress(SystemExit):  # of uvicorn, where it cannot listen
            self._server.run()

    @property
    def url(self) -> str:
        """Where it answers; empty until it has begun."""
        return f"http://127.0.0.1:{self.port}" if self.port else ""

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.begun.wait(0.1):
            if not self._thread.is_alive():
                raise OSError(f"Nothing can be served at port {self._server.config.port}; is it taken?")
        self.port = int(self._server.servers[0].sockets[0].getsockname()[1])
        return self

    def __exit__(self, *_: object) -> None:
        self._server.end(at_once=self._at_once)
        self._thread.join(MAX_END_S)
