"""The doctor's checks need no torch."""

import pytest


@pytest.fixture(autouse=True)
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the doctor the loading of torch in a process of its own."""
    monkeypatch.setattr("upspiral.cli.checks.machine.find_spec", lambda _name: None)
