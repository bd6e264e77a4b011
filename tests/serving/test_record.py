"""What is kept of a request, also where nobody waits for it any more."""

import asyncio
from collections.abc import Callable
from threading import Event

import pytest
from tests.serving.house import House

from upspiral.runtime import REDACT_AT_ONCE_CHARS

pytestmark = pytest.mark.anyio
PATIENCE_S = 60.0


@pytest.mark.parametrize("chars", [10, 2 * REDACT_AT_ONCE_CHARS])
async def test_an_answer_is_recorded_though_whoever_waits_for_it_is_cancelled(
    house: House, chars: int
) -> None:
    await house.agent("anna", "Paris")
    writer, begun, hold = house.app.runtime.writer, Event(), Event()

    def keep_busy() -> None:
        begun.set()
        hold.wait(PATIENCE_S)

    writer.submit(keep_busy)
    await asyncio.to_thread(begun.wait, PATIENCE_S)
    asking = asyncio.create_task(
        house.ask("anna", messages=[{"role": "user", "content": "who are you ".ljust(chars, "?")}])
    )
    await _wait_until(lambda: bool(writer._waiting))
    asking.cancel()
    await asyncio.wait({asking})
    assert asking.cancelled()
    assert house.kept() == {}
    hold.set()
    await _wait_until(lambda: bool(house.kept()))
    assert house.kept()["anna"].answer == "Paris"


async def _wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(round(PATIENCE_S / 0.01)):
        if is_so():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never was")
