"""The source distribution: who builds a wheel out of it gets the wheel that the checkout builds."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from upspiral.version import __version__

ROOT = Path(__file__).parents[2]


def build(kind: str, source: Path, to: Path) -> Path:
    """Build a distribution as pip does, without its environment of its own."""
    words = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(to)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, cwd=source, timeout=300)
    assert ran.returncode == 0, ran.stderr
    [built] = to.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


def test_a_wheel_built_out_of_it_holds_what_that_of_the_checkout_holds(sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as packed:
        packed.extractall(tmp_path / "unpacked", filter="data")
    again = build("wheel", tmp_path / "unpacked" / f"upspiral-{__version__}", tmp_path / "again")
    wanted = build("wheel", ROOT, tmp_path / "wanted")
    contents = [
        {one.filename: one.CRC for one in zipfile.ZipFile(wheel).infolist()} for wheel in (again, wanted)
    ]
    assert contents[0] == contents[1]


def test_it_holds_no_more_than_sources_and_what_people_read(sdist: Path) -> None:
    with tarfile.open(sdist) as packed:
        names = [Path(one.name).relative_to(f"upspiral-{__version__}").as_posix() for one in packed]
    folders = {name.partition("/")[0] for name in names}
    assert {"src", "examples", "LICENSE", "README.md", "pyproject.toml"} <= folders
    assert not folders & {"tests", "docs", ".venv", "dist", "deploy"}
    assert not [name for name in names if name.endswith((".db", ".pyc")) or "__pycache__" in name]
