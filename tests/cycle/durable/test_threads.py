"""Nights in threads of this process sleep, are woken, and stop."""

import asyncio
import threading
import time

import pytest

from upspiral.cycle.durable.threads import Interrupted, Threads
from upspiral.domain.ids import CycleId

NIGHT = CycleId("cyc_1")


def test_a_night_runs_as_long_as_its_thread_is_in_it() -> None:
    threads = Threads()
    assert not threads.runs(NIGHT)
    with threads.running(NIGHT):
        assert threads.runs(NIGHT)
        assert not threads.runs(CycleId("other"))
    assert not threads.runs(NIGHT)


def test_a_night_that_sleeps_looks_at_once_when_it_is_woken() -> None:
    threads, woke = Threads(), threading.Event()

    def sleep() -> None:
        with threads.running(NIGHT):
            threads.note_run(NIGHT)
            threads.pause(NIGHT, 600)
            woke.set()

    sleeper = threading.Thread(target=sleep)
    sleeper.start()
    deadline = time.monotonic() + 60
    while not woke.is_set() and time.monotonic() < deadline:
        threads.wake(NIGHT)
        time.sleep(0.01)
    assert woke.is_set()
    sleeper.join()


def test_when_the_process_ends_a_night_is_interrupted_and_waited_for() -> None:
    threads, ended, begun = Threads(), list[str](), threading.Event()

    def run() -> None:
        with threads.running(NIGHT):
            begun.set()
            try:
                while True:
                    threads.check()
                    time.sleep(0.005)
            except Interrupted:
                ended.append("interrupted")

    runner = threading.Thread(target=run)
    runner.start()
    assert begun.wait(60)
    threads.close()
    assert ended == ["interrupted"]
    assert threads.closing
    runner.join()


def test_a_long_piece_of_work_is_stopped_when_nobody_wants_it() -> None:
    assert Threads().complete(asyncio.sleep(0, "done"), wanted=lambda: True) == "done"
    assert Threads().complete(asyncio.sleep(600, "done"), wanted=lambda: False) is None


def test_an_error_of_the_work_is_that_of_the_night() -> None:
    async def fail() -> None:
        raise ValueError("what nobody thought of")

    with pytest.raises(ValueError, match="thought of"):
        Threads().complete(fail(), wanted=lambda: True)
