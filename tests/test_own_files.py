"""Whose files they are."""

import os
from pathlib import Path

from upspiral.app import App
from upspiral.config import load


def test_a_folder_and_files_that_were_open_to_others_are_closed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    for name in ("upspiral.db", "engine.db"):
        (data / name).touch(mode=0o644)
    before = os.umask(0o022)
    try:
        with App(load(data=data)) as app:
            app.runtime.admission(app.workspace)
            open_to_others = [
                str(file)
                for file in (data, *data.rglob("*"))
                if file.stat().st_mode & 0o077 and file.is_dir()
            ]
            databases = [file for file in data.iterdir() if ".db" in file.name or file.name == "executor"]
            assert len(databases) >= 4
            assert not [file for file in databases if file.stat().st_mode & 0o077]
        assert open_to_others == []
    finally:
        os.umask(before)
