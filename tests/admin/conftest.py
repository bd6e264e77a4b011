"""An app without nights, in which an administrator changes things."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from upspiral.app import App
from upspiral.config import load


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    """An open app on a fresh data folder."""
    with App(load(data=data), nights=False) as opened:
        yield opened
