"""What is registered, under which name, by whom; and what becomes of what cannot be."""

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest
from scripts.names import literals

from upspiral import plugin_kinds, plugins
from upspiral.errors import ConfigError
from upspiral.plugin_kinds import KINDS, OWN, PROGRAM, SCORER, PluginKind
from upspiral.scorers import Exact


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """What a test registers is gone after it."""
    for kind in KINDS:
        kind.list_registered()
    before = [list(kind.registered) for kind in KINDS]
    yield
    for kind, known in zip(KINDS, before, strict=True):
        kind.registered[:] = known


class Half(Exact):
    """A scorer of somebody else."""


def test_every_kind_has_a_decorator_and_a_protocol_on_the_page_of_plug_ins() -> None:
    named = {name: one for name, one in vars(plugin_kinds).items() if isinstance(one, PluginKind)}
    assert tuple(named.values()) == KINDS
    for name in named:
        assert inspect.getdoc(getattr(plugins, name.lower()))
        assert inspect.getdoc(getattr(plugins, name.title().replace("_", "")))
        assert name.lower() in plugins.__all__


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_upspiral_brings_is_registered_as_a_strangers_would_be(kind: PluginKind) -> None:
    found = kind.list_registered()
    assert found
    assert {one.distribution for one in found} == {OWN}
    for one in found:
        assert kind.get(one.name) is one.make
        assert kind.check_name(one.name) == one.name


def test_a_program_registers_without_an_entry_point() -> None:
    plugins.scorer("half")(Half)
    assert SCORER.get("half") is Half
    assert [one.distribution for one in SCORER.list_registered() if one.name == "half"] == [PROGRAM]
    assert "half" in SCORER.list_names()


@pytest.mark.parametrize("name", ["", "Half", "1st", "a b", "x" * 41, "\x1b[31m", "../half", "half\n"])
def test_a_name_that_could_not_be_written_everywhere_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be the name of a scorer"):
        plugins.scorer(name)


def test_a_name_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    plugins.scorer("half")(Half)
    plugins.scorer("half")(Half)  # its module was imported again
    with pytest.raises(ConfigError, match="'exact' of upspiral already"):
        plugins.scorer("exact")(Half)
    with pytest.raises(ConfigError, match="'half' of this program already"):
        plugins.scorer("half")(lambda at: Half(at))


def test_an_unknown_name_is_told_with_the_one_most_like_it() -> None:
    with pytest.raises(ConfigError, match="no scorer 'exakt'") as refused:
        SCORER.get("exakt")
    assert refused.value.hint == "Did you mean 'exact'?"
    with pytest.raises(ValueError, match=r"no scorer 'exakt' \(Did you mean 'exact'\?\)"):
        SCORER.check_name("exakt")


def test_of_a_plug_in_that_fails_half_way_nothing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_: EntryPoint) -> None:
        plugins.scorer("half")(Half)
        raise SystemExit(3)

    monkeypatch.setattr(EntryPoint, "load", load)
    entry = EntryPoint("half", "half_module", plugin_kinds.GROUP)
    [failure] = plugin_kinds._load([entry])
    assert str(failure) == "The plug-in 'half' of this program could not be loaded: SystemExit: 3"
    assert "half" not in SCORER.list_names()


@pytest.mark.process
def test_nothing_is_imported_before_it_is_asked_for() -> None:
    program = (
        "import upspiral, upspiral.plugin_kinds, sys; print(*(m for m in sys.modules if 'upspiral.' in m))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(ran.stdout.split()) == {"upspiral.version", "upspiral.errors", "upspiral.plugin_kinds"}


def test_a_literal_of_plug_in_names_is_found() -> None:
    tree = ast.parse("policy: Literal['thompson', 'single']; level: Literal['INFO']; other: str = 'exact'")
    assert list(literals(tree)) == ["thompson"]
