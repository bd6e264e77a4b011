"""An app whose nights look often."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from upspiral.app import App
from upspiral.config import load


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    quick = {"training_every_s": 0.1, "canary_every_s": 0.1, "lease_s": 3}
    with App(load(data=data, cycle=quick)) as opened:
        yield opened
