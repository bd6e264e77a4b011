"""The distribution of the client alone: small, and it works with nothing but its two dependencies."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from upspiral.testing.site import Site
from upspiral.version import __version__

ROOT = Path(__file__).parents[2]
MAX_INSTALLED_BYTES = 5_000_000
PROGRAM = """
import sys
from upspiral_client import Upspiral, UpspiralError, __version__

class Sdk:
    class chat:
        class completions:
            @staticmethod
            def create(**asked):
                message = {"role": "assistant", "content": "It left this morning."}
                return {"id": "c1", "model": "gpt", "choices": [{"message": message}]}

up = Upspiral(sys.argv[1], key=sys.argv[2], agent="support", spool=None)
up.wrap(Sdk()).chat.completions.create(model="gpt", messages=[{"role": "user", "content": "Where is it?"}])
up.feedback(up.last_id, thumbs="up")
with up.task("find a parcel", end_user="anna") as task:
    task.question, task.answer = "Where?", "Here."
    task.success(True)
assert up.flush(30)
up.close()
import upspiral
print(__version__, upspiral.__file__)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client as pip installs it, and a copy of what it depends on; nothing else."""
    folder, dist = tmp_path_factory.mktemp("installed"), tmp_path_factory.mktemp("dist")
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(dist)]
    source = ROOT / "packages/upspiral-client"
    subprocess.run(words, check=True, capture_output=True, cwd=source, timeout=300)
    [wheel] = dist.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*pip, "--target", str(folder), str(wheel)], check=True, timeout=300)
    [brought] = [Distribution.at(one) for one in folder.glob("*.dist-info")]
    for one in find_dependencies(brought, {}).values():
        for file in one.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), folder / file)
    return folder


def find_dependencies(of: Distribution, known: dict[str, Distribution]) -> dict[str, Distribution]:
    """Give everything that a distribution needs here, by name."""
    for requirement in map(Requirement, of.requires or ()):
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if wanted and requirement.name not in known:
            known[requirement.name] = distribution(requirement.name)
            find_dependencies(known[requirement.name], known)
    return known


def run(place: Path, *words: str, beside: Path | None = None) -> str:
    """Run the program where only the folder and the standard library are, and perhaps another folder."""
    paths = [str(place), *([str(beside)] if beside else [])]
    program = f"import sys; sys.path += {paths!r}\n{PROGRAM}"
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("UPSPIRAL_", "PYTHON"))
    }
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, *words],
        capture_output=True,
        text=True,
        check=False,
        env=clean,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_the_client_and_all_it_needs_take_less_than_5_mb(place: Path) -> None:
    taken = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
    assert taken < MAX_INSTALLED_BYTES
    assert (place / "upspiral_client/LICENSE").exists()


def test_alone_it_wraps_records_and_gives_feedback(place: Path, tmp_path: Path) -> None:
    with Site(tmp_path / "data") as site:
        said = run(place, site.url, site.key)
        with site.client() as rest:
            listed = rest.get("/api/v1/interactions").json()["items"]
            outcome = rest.get("/api/v1/metrics", params={"by": "agent"})
    assert said == f"{__version__} {place}/upspiral_client/bundled/upspiral/__init__.py"
    assert {one["answer"] for one in listed} == {"It left this morning.", "Here."}
    assert outcome.status_code == 200


def test_beside_upspiral_it_is_the_same_client(place: Path, tmp_path: Path) -> None:
    with Site(tmp_path / "data") as site:
        said = run(place, site.url, site.key, beside=ROOT / "src")
    assert said == f"{__version__} {ROOT}/src/upspiral/__init__.py"
