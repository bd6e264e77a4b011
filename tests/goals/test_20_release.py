"""Goal 20: a release can be checked: built again it is the same bytes, of what the repository holds."""

import subprocess
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from tests.goals.rounds import ROOT, Rounds
from tests.scripts.test_names import load_script

sbom = load_script("sbom")
EPOCH = "1767225600"
SOURCES = ("src/upspiral", "examples/support_desk")
NOT_SOURCE = ("upspiral/server/html/static/htmx", "upspiral/server/html/static/uPlot")
"""Files that come from npm at build time."""


@pytest.mark.long
@pytest.mark.process
@pytest.mark.timeout(3600)
def test_two_builds_are_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = Rounds(20, few=1, full=2)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    first = _build(tmp_path / "first")
    for number in rounds:
        again = _build(tmp_path / f"again{number}")
        assert first.read_bytes() == again.read_bytes()
        rounds.count("builds of the same bytes")
    with zipfile.ZipFile(first) as wheel:
        names = wheel.namelist()
    assert [name for name in names if name.endswith((".pth", ".pyc", ".so"))] == []
    extra = {name for name in names if name not in _expected() and ".dist-info/" not in name}
    assert {name for name in extra if not name.startswith(NOT_SOURCE)} == set()
    assert _expected() <= set(names)
    rounds.peak("packages asked for directly", len(sbom.direct_dependencies()))
    rounds.peak("packages in the bill", len(list(sbom.read_lock((ROOT / "lock" / "core.txt").read_text()))))
    rounds.report()


def _build(folder: Path) -> Path:
    [made] = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return Path(made)


def _expected() -> set[str]:
    """Give what the repository holds of the package, as the wheel names it."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *SOURCES]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    there = [name for name in said if (ROOT / name).exists()]
    return {name.replace("examples/support_desk", "upspiral/demo", 1).removeprefix("src/") for name in there}
