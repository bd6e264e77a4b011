"""A server in a thread begins and ends at once, and says where nothing can be served."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from upspiral.testing.server_thread import ServerThread

BEGUN = threading.Event()


async def _answer(_request: Request) -> PlainTextResponse:
    BEGUN.set()
    await asyncio.sleep(0.2)
    return PlainTextResponse("late")


def _config(port: int = 0) -> uvicorn.Config:
    app = Starlette(routes=[Route("/", _answer)])
    return uvicorn.Config(app, port=port, log_level="critical", lifespan="off")


def test_no_server_looks_at_a_clock_to_see_whether_it_shall_end() -> None:
    took = []
    for _ in range(20):
        with ServerThread(_config()) as server:
            assert server.url == f"http://127.0.0.1:{server.port}"
            began = time.monotonic()
        took.append(time.monotonic() - began)
    assert min(took) < 0.1, "uvicorn by itself takes at least that"


def test_what_is_under_way_is_answered_before_the_server_ends() -> None:
    with ThreadPoolExecutor() as pool:
        with ServerThread(_config()) as server:
            asked = pool.submit(httpx2.get, f"{server.url}/", timeout=60)
            assert BEGUN.wait(60)
        assert asked.result().text == "late"


def test_a_port_that_is_taken_is_an_error_and_no_wait() -> None:
    with ServerThread(_config()) as server, pytest.raises(OSError, match=f"port {server.port}"):
        ServerThread(_config(server.port)).__enter__()
