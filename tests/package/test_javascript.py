"""What is published for JavaScript type-checks, and its client works in Node.js against a real server."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.test_pages import read_blocks
from tests.marks import MISSING_TOOL

from upspiral.testing.site import Site
from upspiral.version import __version__

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "packages" / "upspiral-js"
MODULES = ROOT / "tests" / "browser" / "node_modules"
TSC = MODULES / ".bin" / "tsc"
KNOWN = "declare const server: string, token: string, answer: { id: string; token: string };"
"""What the blocks of the pages take from the application around them."""
NODE = shutil.which("node")
pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not (NODE and TSC.exists()),
        reason=f"{MISSING_TOOL}: JavaScript is not tested without Node.js and TypeScript; run `make browser`",
    ),
]


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of somebody's application in which the package is installed, as npm would unpack it."""
    folder = tmp_path_factory.mktemp("application")
    installed = folder / "node_modules" / "upspiral-js"
    installed.mkdir(parents=True)
    run("node", str(PACKAGE / "build.mjs"), str(installed), str(TSC), folder=folder)
    for name in ("package.json", "react.d.ts", "README.md"):
        shutil.copy(PACKAGE / name, installed)
    for name in ("react", "@types", "csstype"):
        (folder / "node_modules" / name).symlink_to(MODULES / name)
    for path in (PACKAGE / "test").iterdir():
        shutil.copy(path, folder)
    (folder / "package.json").write_text(json.dumps({"type": "module"}))
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server."""
    with Site(tmp_path_factory.mktemp("server") / "data") as opened:
        yield opened


def run(*words: str, folder: Path, **environment: str) -> str:
    """Run a program; give what it prints."""
    ran = subprocess.run(
        words,
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_every_file_that_is_published_is_there(application: Path) -> None:
    manifest = json.loads((PACKAGE / "package.json").read_text())
    installed = application / "node_modules" / "upspiral-js"
    assert all((installed / name).exists() for name in manifest["files"])
    paths = [path for entry in manifest["exports"].values() for path in entry.values()]
    assert all((installed / path).is_file() for path in paths)
    assert manifest["version"] == __version__
    assert "dependencies" not in manifest


def test_its_types_allow_what_is_right_and_refuse_what_is_wrong(application: Path) -> None:
    run(str(TSC), "--project", "tsconfig.json", folder=application)
    broken = (application / "types.ts").read_text().replace('thumbs: "up"', 'thumbs: "left"', 1)
    (application / "broken.ts").write_text(broken)
    with pytest.raises(AssertionError, match="left"):
        run(str(TSC), "--project", "tsconfig.json", folder=application)
    (application / "broken.ts").unlink()


def test_the_code_of_the_pages_is_right(application: Path, site: Site) -> None:
    pages = [*(ROOT / "docs").rglob("*.md")]
    blocks = [block for page in pages for block in read_blocks(page, "tsx")]
    assert blocks
    for place, block in enumerate(blocks):
        (application / f"block{place}.tsx").write_text(f"{KNOWN}\n{block}\nexport {{}};\n")
    run(str(TSC), "--project", "tsconfig.json", folder=application)
    [program] = read_blocks(PACKAGE / "README.md", "js")
    (application / "readme.js").write_text(f"{program}\nconsole.log(token.slice(0, 4));\n")
    said = run("node", "readme.js", folder=application, UPSPIRAL_URL=site.url, UPSPIRAL_KEY=site.key)
    assert said == "upf_\n"


def test_the_client_works_in_node(application: Path, site: Site) -> None:
    place = {"UPSPIRAL_URL": site.url, "UPSPIRAL_KEY": site.key}
    said = run("node", "--test", "--test-reporter=tap", "client.test.js", folder=application, **place)
    assert "# fail 0" in said
    assert "# pass 10" in said
