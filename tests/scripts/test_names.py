"""Each check of names fails on a planted fault, and passes on what it is for."""

import ast
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def load_script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


names = load_script("names")


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("def _late(): ...", "lone adjective"),
        ("def within_reach(a) -> bool: ...", "says how"),
        ("def totals(a) -> None: ...", "changes something"),
        ("async def rows() -> None: ...", "changes something"),
        ("class A:\n    def whole_of_it(self) -> None: ...", "changes something"),
    ],
)
def test_a_name_that_is_no_verb_is_found(source: str, fault: str) -> None:
    (found,) = names.unclear_names(ast.parse(source))
    assert fault in found


@pytest.mark.parametrize(
    "source",
    [
        "def mean(a) -> float: ...",
        "def update_totals(a) -> None: ...",
        "def has_rows(a) -> bool: ...",
        "class A:\n    @property\n    def late(self) -> bool: ...",
    ],
)
def test_a_verb_or_the_name_of_a_value_is_passed(source: str) -> None:
    assert not list(names.unclear_names(ast.parse(source)))


def test_a_participle_and_a_bare_adjective_are_found() -> None:
    assert list(names.participles(ast.parse("def settled(): ..."))) == ["settled"]
    assert list(names.adjectives(ast.parse("FRESH = 3"))) == ["FRESH"]


def test_a_path_and_a_dotted_name_that_do_not_exist_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "README.md"
    page.write_text(
        "See `serving/day.py`, `serving/nowhere.py`, upspiral.domain.Agent and upspiral.domian.Agent."
    )
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(names, "ROOT", tmp_path)
    monkeypatch.setattr(names, "DOCS", ("README.md",))
    assert list(names.missing_paths()) == ["README.md: serving/nowhere.py does not exist"]
    assert list(names.missing_names()) == ["README.md: upspiral.domian.Agent does not exist"]


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("20 settled conversations", "labeled"),
        ("Nothing is settled yet.", "labeled"),
        ("It was let out.", "rolled out"),
        ("It is asked anew", "again"),
        ("It hangs on the night.", "depends on"),
    ],
)
def test_a_word_that_people_no_longer_read_is_found(text: str, new: str) -> None:
    (found,) = names.retired_words(text)
    assert found.endswith(repr(new))


def test_words_are_read_in_what_people_see_and_not_elsewhere() -> None:
    tree = ast.parse('Field(3, description="It was let out.")\nKEY = "let out"')
    assert list(names.messages(tree, "deploy/config.py")) == ["It was let out."]
    assert "let out" in list(names.messages(tree, "cli/show.py"))
    assert (
        list(names.retired_words("A call is settled after it was made, and the newest plainest word.")) == []
    )
