"""The doctor looks at parts by name, and knows whether there is anything to look at."""

from pathlib import Path

from upspiral.cli.checks import ON_REQUEST, PARTS
from upspiral.cli.checks.finding import Finding, Installation
from upspiral.config import load


def test_an_installation_has_a_database_once_its_file_is_there_or_a_server_is_named(tmp_path: Path) -> None:
    settings = load(data=tmp_path)
    place = Installation(tmp_path, None, settings)
    assert not place.has_database
    (tmp_path / "upspiral.db").touch()
    assert place.has_database
    elsewhere = load(data=tmp_path / "other", database_url="postgresql://nobody@127.0.0.1:1/none")
    assert Installation(tmp_path / "other", None, elsewhere).has_database


def test_every_check_says_something_of_an_empty_folder_and_nothing_is_wrong_there(tmp_path: Path) -> None:
    place = Installation(tmp_path, None, load(data=tmp_path, cycle={"disk_free_gb": 0.001}))
    for name, checks in PARTS.items():
        if name in ("training", "integration"):  # of the machine, not of the folder
            continue
        found = [one for check in checks for one in check(place)]
        assert all(isinstance(one, Finding) for one in found)
        assert [one for one in found if not one.ok] == [], name
    assert not (tmp_path / "upspiral.db").exists(), "looking made a database"


def test_a_part_that_calls_every_tool_is_looked_at_only_where_it_is_named() -> None:
    assert not set(ON_REQUEST) & set(PARTS)
