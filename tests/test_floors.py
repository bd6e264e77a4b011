"""A server does not listen with a package that is known to be unsafe."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

from upspiral.app import App
from upspiral.config import load
from upspiral.errors import ConfigError
from upspiral.floors import FLOORS, check_floors, find_too_old
from upspiral.server.app import create_app


@pytest.mark.parametrize("package", FLOORS)
def test_each_package_is_refused_below_its_floor_and_taken_from_it_on(package: str) -> None:
    floor = FLOORS[package][0]
    major, *rest = floor.split(".")
    below = f"{major}.{'.'.join(rest[:-1])}.0a1" if rest[-1] != "0" else f"{major}.0"
    assert find_too_old({package: below}.get)
    for good in (floor, f"{floor}.1", f"{int(major) + 1}.0"):
        assert find_too_old({package: good}.get) == []


def test_what_is_not_installed_opens_no_door() -> None:
    check_floors(lambda _: None)


def test_what_is_installed_here_is_new_enough() -> None:
    check_floors()
    assert version("starlette")


def test_a_server_with_an_old_package_does_not_start(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there: Mapping[str, str] = {"starlette": "0.49.1"}
    monkeypatch.setattr("upspiral.floors.check_floors.__defaults__", (there.get,))
    with (
        App(load(data=data), nights=False) as app,
        pytest.raises(ConfigError, match=r"starlette 0\.49\.1 is below 1\.0\.1.*Host"),
    ):
        create_app(app)
