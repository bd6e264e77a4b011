"""An outage is told once, and its end."""

import logging

import httpx2
import pytest
from tests.client.conftest import Server
from tests.client.questions import HI

from upspiral.client import Upspiral


def test_an_outage_is_told_once_and_its_end_too(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    away = [httpx2.ConnectError("refused")] * 2
    with (
        caplog.at_level(logging.INFO, "upspiral.client"),
        Upspiral(transport=server.transport, every_s=0.01) as spiral,
    ):
        for _ in range(2):
            server.answers = list(away)
            spiral.record(HI, "x")
            assert spiral.flush(10)
    assert caplog.text.count("does not take records (ConnectError: refused)") == 2
    assert caplog.text.count("takes records again") == 2
