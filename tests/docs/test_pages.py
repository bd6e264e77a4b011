"""Pages are short and reachable; the links, commands, options and settings in them exist."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from upspiral.cli.main import app
from upspiral.config import load

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
OTHERS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
MAX_WORDS = 1200
"""Of a page that is read from top to bottom; reference is looked up in."""
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def name_page(page: Path) -> str:
    """Give the path that links and the navigation use."""
    return page.relative_to(DOCS if page.is_relative_to(DOCS) else ROOT).as_posix()


def read_blocks(page: Path, language: str) -> list[str]:
    """Give the code blocks of a language, without the indent of a list."""
    found = BLOCK.findall(page.read_text())
    return [
        re.sub(f"^{indent}", "", code, flags=re.MULTILINE) for indent, kind, code in found if kind == language
    ]


def list_nav(entry: Any) -> Iterator[str]:
    """Give the pages of the navigation."""
    if isinstance(entry, str):
        yield entry
        return
    for one in entry.values() if isinstance(entry, dict) else entry:
        yield from list_nav(one)


def list_anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as the site makes them."""
    text = BLOCK.sub("", page.read_text())
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[ -]+", "-", re.sub(r"[^\w\s-]", "", title.lower()).strip()) for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_a_page_is_short_unless_it_is_reference(page: Path) -> None:
    if not page.is_relative_to(DOCS / "reference"):
        assert len(page.read_text().split()) <= MAX_WORDS


def test_every_page_stands_in_the_navigation_once() -> None:
    nav = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"]
    assert sorted(list_nav(nav)) == sorted(name_page(page) for page in PAGES)


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda one: one.name
)
def test_every_link_leads_to_a_page_and_a_heading(page: Path) -> None:
    text = BLOCK.sub("", page.read_text())
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in list_anchors(target), link


def list_commands() -> list[tuple[str, str]]:
    """Give every line of a page's shell blocks that runs `upspiral`, with the page's name."""
    found = []
    for page in [*PAGES, ROOT / "README.md"]:
        name = page.relative_to(ROOT).as_posix()
        for block in read_blocks(page, "sh"):
            lines = block.replace("\\\n", " ").splitlines()
            found += [(name, line) for line in lines if line.startswith("upspiral ")]
    return found


@pytest.mark.parametrize(("page", "line"), list_commands())
def test_every_command_in_a_shell_block_exists_with_its_options(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        assert words[0] in command.commands, f"{page}: {line}"
        command = command.commands[words.pop(0)]
    context = command.context_class(command)
    _, unknown, _ = command.make_parser(context).parse_args(words)
    assert not unknown, f"{page}: {line}"


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_blocks_of_settings_and_of_json_are_valid(page: Path, tmp_path: Path) -> None:
    for block in read_blocks(page, "json"):
        json.loads(block)
    for block in read_blocks(page, "toml"):
        tables = tomllib.loads(block)
        if "project" not in tables:
            (tmp_path / "upspiral.toml").write_text(block)
            load(data=tmp_path)


@pytest.mark.parametrize("line", ["upspiral improof support", "upspiral improve --nonsense support"])
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    with pytest.raises(Exception, match=r"x\.md|--nonsense"):
        test_every_command_in_a_shell_block_exists_with_its_options("x.md", line)
