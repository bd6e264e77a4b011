"""The built wheel, installed beside nothing of the checkout: what a person gets who runs pip install."""

import json
import subprocess
import sys
import sysconfig
import time
import zipfile
from importlib.util import find_spec
from pathlib import Path

import httpx2
import pytest

from upspiral.version import __version__

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that the checkout builds."""
    folder = tmp_path_factory.mktemp("dist")
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT, timeout=300)
    assert ran.returncode == 0, ran.stderr
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds the wheel, and of what we run on only the dependencies."""
    place = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True, timeout=300)
    pip = [sys.executable, "-m", "pip", "--python", str(place / "bin/python")]
    words = [*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stderr
    [packages] = place.glob("lib/python*/site-packages")
    # A folder named in a .pth file is searched, but its own .pth files, such as the checkout's, are not read.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place / "bin/python"


def test_the_wheel_holds_the_licence_the_types_the_migrations_and_the_demo(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert f"upspiral-{__version__}.dist-info/licenses/LICENSE" in names
    for name in ("py.typed", "store/migrations/env.py", "demo/demo.py", "demo/model/model.safetensors"):
        assert f"upspiral/{name}" in names
    assert {name.split("/")[0] for name in names} == {"upspiral", f"upspiral-{__version__}.dist-info"}


def test_it_is_the_wheel_that_runs_and_it_says_its_version(python: Path, tmp_path: Path) -> None:
    place = [str(python), "-c", "import upspiral; print(upspiral.__file__)"]
    found = subprocess.run(place, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert str(python.parents[1]) in found
    words = [str(python.with_name("upspiral")), "--version"]
    said = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert said == f"upspiral {__version__}\n"


def test_a_server_of_the_wheel_is_well(python: Path, tmp_path: Path) -> None:
    words = [str(python.with_name("upspiral")), "serve", "--port", "0", "--data", str(tmp_path / "data")]
    server, record = subprocess.Popen(words, cwd=tmp_path), tmp_path / "data/server.json"
    try:
        deadline = time.monotonic() + 120
        while not record.exists():
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        url = json.loads(record.read_text())["url"]
        answer = httpx2.get(f"{url}/health", timeout=60, trust_env=False).json()
        assert (answer["status"], answer["version"]) == ("ok", __version__)
    finally:
        server.terminate()
        server.wait(60)


@pytest.mark.slow
@pytest.mark.train
@pytest.mark.skipif(find_spec("torch") is None, reason="needs the extra train")
def test_the_demo_of_the_wheel_lives_its_days_and_nights(python: Path, tmp_path: Path) -> None:
    words = [
        str(python.with_name("upspiral")),
        "demo",
        "--data",
        str(tmp_path / "data"),
        "--conversations",
        "400",
    ]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=3000)
    assert ran.returncode == 0, ran.stderr
    assert "support" in ran.stdout
