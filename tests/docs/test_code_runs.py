"""The Python of the pages runs as it stands there, against a server and a made-up model."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.test_pages import DOCS, PAGES, ROOT, name_page, read_blocks
from tests.plugins.package import KINDS

from upspiral.testing import FakeProvider
from upspiral.testing.__main__ import answer_question
from upspiral.testing.site import PROGRAM, Site

pytestmark = pytest.mark.process
README = ROOT / "README.md"
GUIDES = {DOCS / "contributing" / f"{kind}.md" for kind in KINDS}
"""Their code makes the package of tests/plugins, and runs there."""
PROGRAMS = [page for page in [*PAGES, README] if read_blocks(page, "python") and page not in GUIDES]
MODEL_URL = "http://127.0.0.1:8081/v1"
SERVER_URL = "http://127.0.0.1:8080"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, FakeProvider]]:
    """A server with the agent of the pages, and the model it asks."""
    folder = tmp_path_factory.mktemp("desk") / "upspiral-data"
    with FakeProvider(answer_question) as provider, Site(folder) as site:
        site.ask(
            "agents", "create", "support", "--model", "openai-compatible:shop-bot", "--url", provider.url
        )
        yield site, provider


def run_words(words: list[str], site: Site, provider: FakeProvider) -> str:
    """Run a program in the folder and the environment of a reader; give what it prints."""
    mine = {
        "PYTHONPATH": str(ROOT / "src"),
        "OPENAI_BASE_URL": provider.url,
        "OPENAI_API_KEY": "sk-made-up",
        "UPSPIRAL_URL": site.url,
        "UPSPIRAL_KEY": site.key,
        "UPSPIRAL_SPOOL": "0",
    }
    ran = subprocess.run(
        words,
        cwd=site.data.parent,
        env=os.environ | mine,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("page", PROGRAMS, ids=name_page)
def test_the_python_of_a_page_runs(page: Path, desk: tuple[Site, FakeProvider]) -> None:
    site, provider = desk
    program = "\n".join(read_blocks(page, "python")).replace(SERVER_URL, site.url)
    said = run_words([sys.executable, "-W", "error", "-c", program], site, provider)
    assert "False" not in said


def test_getting_started_goes_as_the_page_says(desk: tuple[Site, FakeProvider]) -> None:
    site, provider = desk
    page = DOCS / "getting-started.md"
    [program] = read_blocks(page, "python")
    answers = run_words([sys.executable, "-c", program.replace(SERVER_URL, site.url)], site, provider)
    ids = [line.split(" ", 1) for line in answers.splitlines()]
    shown = [line.split(" ", 1)[1] for line in read_blocks(page, "text")[2].splitlines()]
    assert [said for _, said in ids] == shown
    lines = "".join(read_blocks(page, "sh")).replace(MODEL_URL, provider.url).replace("ID", ids[-1][0])
    printed = {}
    for line in lines.splitlines():
        words = shlex.split(line.replace("create support", "create support2"))
        if words[0] == "upspiral" and words[1] not in ("serve", "demo") and "demo-data" not in words:
            printed[line] = run_words([*PROGRAM, *words[1:]], site, provider)
    text = "\n".join(printed.values())
    assert "Agent support2 is ready" in text
    assert "user_correction" in text
    assert re.search(r"The night ended: rested\. \d+ conversations are rated", text)
