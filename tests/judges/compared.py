"""A site whose versions a judge has compared: made once, and copied for each test. A plugin of pytest."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.judges.site import AGENT, JudgedSite, judged_site
from typer.testing import CliRunner

from upspiral.cli.main import app


@pytest.fixture(scope="session")
def first_compared_site(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path
) -> Iterator[JudgedSite]:
    """The one that is copied; its hosts go on answering."""
    folder = tmp_path_factory.mktemp("compared")
    data = folder / "data"
    data.mkdir()
    shutil.copyfile(migrated_file, data / "upspiral.db")
    with judged_site(data) as site:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_STATE_HOME", str(folder / "state"))
            for name, value in site.variables.items():
                patch.setenv(name, value)
            words = ["compare", AGENT, site.candidate, site.incumbent, "--data", str(data)]
            ran = CliRunner().invoke(app, words)
        assert ran.exit_code == 0, ran.output
        yield site


@pytest.fixture
def compared_site(
    first_compared_site: JudgedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> JudgedSite:
    """A site of the test's own whose versions a judge has compared, and its settings."""
    site = msgspec.structs.replace(first_compared_site, data=tmp_path / "data")
    shutil.copytree(first_compared_site.data, site.data)
    for name, value in site.variables.items():
        monkeypatch.setenv(name, value)
    return site
