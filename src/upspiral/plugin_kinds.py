"""Which plug-ins are there? What Upspiral brings and what is installed beside it, found by kind and name.

A package registers its plug-ins when it is imported, by the decorators of `upspiral.plugins`, and names the
module that does so as an entry point of the group `upspiral.plugins`. What Upspiral brings is registered in
the same way; its modules are imported when a plug-in of their kind is first asked for.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from threading import RLock
from typing import Any, TypeVar

from msgspec import Struct

from upspiral.errors import ConfigError, suggest_name

GROUP = "upspiral.plugins"
"""The group of entry points."""
NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
OWN = "upspiral"
"""The distribution of what Upspiral brings itself."""
PROGRAM = "this program"
"""Who registers where no entry point is being loaded."""

Maker = TypeVar("Maker", bound=Callable[..., Any])


class Registration(Struct, frozen=True):
    """One plug-in: what makes it, and who brought it."""

    name: str
    make: Callable[..., Any]
    distribution: str
    """Name and version of the distribution that registered it."""


class PluginFailure(Struct, frozen=True):
    """An installed plug-in that could not be loaded."""

    entry_point: str
    distribution: str
    reason: str

    def __str__(self) -> str:
        return f"The plug-in {self.entry_point!r} of {self.distribution} could not be loaded: {self.reason}"


class PluginKind:
    """All plug-ins of one kind.

    Args:
        name: What one of them is called in messages, such as ``scorer``.
        built_in: The modules that register what Upspiral brings.
    """

    def __init__(self, name: str, *built_in: str) -> None:
        self.name = name
        self.registered: list[Registration] = []
        self._modules = built_in
        self._has_built_in = False

    def register(self, name: str) -> Callable[[Maker], Maker]:
        """Give the decorator that registers what makes a plug-in.

        Args:
            name: Under which it is chosen in settings and commands: a lower-case letter, then up to 39
                letters, digits, ``_`` or ``-``.

        Raises:
            ConfigError: The name cannot be used, or Upspiral brings a plug-in of that name.
        """
        if not NAME.fullmatch(name):
            raise ConfigError(
                f"{name[:60]!r} cannot be the name of a {self.name}.",
                hint="Write a lower-case letter, then letters, digits, _ or -, 40 at most.",
            )

        def add(make: Maker) -> Maker:
            self._add(Registration(name, make, _owner_of(make)))
            return make

        return add

    def _add(self, new: Registration) -> None:
        if new.distribution != OWN:
            self._load_built_in()
        with _state.lock:
            known = [one for one in self._of_name(new.name) if _place_of(one.make) != _place_of(new.make)]
            if any(one.distribution in (OWN, new.distribution) for one in known):
                raise ConfigError(
                    f"There is a {self.name} {new.name!r} of {known[0].distribution} already;"
                    f" {new.distribution} cannot register another.",
                    hint="Give it another name.",
                )
            again = [one for one in self._of_name(new.name) if one not in known]  # its module was reloaded
            self.registered[:] = [one for one in self.registered if one not in again] + [new]

    def get(self, name: str) -> Callable[..., Any]:
        """Give what makes the plug-in of a name.

        Raises:
            ConfigError: There is none, or two distributions brought one each.
        """
        self._load_built_in()
        found = self._of_name(name)
        if not found or found[0].distribution != OWN:
            load_installed()
            found = self._of_name(name)
        if not found:
            raise ConfigError(f"There is no {self.name} {name!r}.", hint=self._suggest(name))
        if len(found) > 1:
            raise ConfigError(self.describe_conflict(name), hint="Uninstall one of them.")
        return found[0].make

    def describe_conflict(self, name: str) -> str:
        """Say who brought the plug-ins that share a name."""
        brought = " and ".join(one.distribution for one in self._of_name(name))
        return f"The {self.name} {name!r} was brought by {brought}."

    def list_names(self) -> list[str]:
        """List the names of all that can be chosen: Upspiral's own in their order, then the others'."""
        return list(dict.fromkeys(one.name for one in self.list_registered()))

    def list_registered(self) -> list[Registration]:
        """List all plug-ins of the kind: Upspiral's own, then those installed."""
        self._load_built_in()
        load_installed()
        return sorted(self.registered, key=lambda one: one.distribution != OWN)

    def check_name(self, name: str) -> str:
        """Check a name that stands in a setting or a request; give it back.

        Raises:
            ValueError: There is no plug-in of that name, or there are two.
        """
        try:
            self.get(name)
        except ConfigError as error:
            words, hint = error.message.rstrip("."), (error.hint or "").rstrip(".")
            raise ValueError(f"{words} ({hint})" if hint else words) from None
        return name

    def _of_name(self, name: str) -> list[Registration]:
        return [one for one in self.registered if one.name == name]

    def _suggest(self, name: str) -> str:
        failed = " ".join(f"{failure}." for failure in load_installed())
        return f"{suggest_name(name, self.list_names())} {failed}".strip()

    def _load_built_in(self) -> None:
        with _state.lock:
            if not self._has_built_in:
                self._has_built_in = True
                for module in self._modules:
                    import_module(module)


ROUTING_POLICY = PluginKind("routing policy", "upspiral.route.policies.built_in")
SCORER = PluginKind("scorer", "upspiral.scorers", "upspiral.capture.secrets_guard")
JUDGE = PluginKind("judge", "upspiral.judges.model_judge")
IMPORTER = PluginKind("import format", "upspiral.capture.formats.built_in")
PROVIDER = PluginKind("provider", "upspiral.providers.built_in")
TRAINER = PluginKind("trainer", "upspiral.train.local")
REDACTOR = PluginKind("redactor", "upspiral.capture.redactors")
NOTIFIER = PluginKind("notifier", "upspiral.cycle.notifiers")
LEVER = PluginKind("lever", "upspiral.cycle.levers.built_in")

KINDS = (ROUTING_POLICY, SCORER, JUDGE, IMPORTER, PROVIDER, TRAINER, REDACTOR, NOTIFIER, LEVER)
"""Every kind of plug-in."""


class _State:
    """Who registers at present, and what was loaded: one for the process, as its modules are."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.distribution = PROGRAM
        self.failures: tuple[PluginFailure, ...] | None = None
        """None before the installed plug-ins were loaded."""


_state = _State()


def load_installed() -> tuple[PluginFailure, ...]:
    """Load every installed plug-in, once; give those that failed, of which nothing stays registered."""
    with _state.lock:
        if _state.failures is None:
            _state.failures = ()  # a plug-in that asks for others while it loads does not load them again
            found = sorted(entry_points(group=GROUP), key=lambda one: (_distribution_of(one), one.name))
            _state.failures = tuple(_load(found))
        return _state.failures


def find_conflicts() -> list[str]:
    """Say of every name that two distributions brought who they are."""
    return [
        kind.describe_conflict(name)
        for kind in KINDS
        for name, count in Counter(one.name for one in kind.list_registered()).items()
        if count > 1
    ]


def describe_installed() -> str:
    """Name what was installed beside Upspiral.

    >>> describe_installed()
    'none beside those that Upspiral brings'
    """
    found = [
        f"{kind.name} {one.name} ({one.distribution})"
        for kind in KINDS
        for one in kind.list_registered()
        if one.distribution != OWN
    ]
    return ", ".join(found) or "none beside those that Upspiral brings"


def _run_for(distribution: str, do: Callable[[], object]) -> None:
    before, _state.distribution = _state.distribution, distribution
    try:
        do()
    finally:
        _state.distribution = before


def _load(found: list[EntryPoint]) -> Iterator[PluginFailure]:
    for one in found:
        distribution = _distribution_of(one)
        before = [[each for each in kind.registered if each.distribution == distribution] for kind in KINDS]
        try:
            _run_for(distribution, one.load)
        except (Exception, SystemExit) as error:  # whatever a stranger's module does, the server goes on
            for kind, known in zip(KINDS, before, strict=True):
                kind.registered[:] = [
                    each for each in kind.registered if each.distribution != distribution or each in known
                ]
            yield PluginFailure(one.name, distribution, f"{type(error).__name__}: {error}"[:500])


def _owner_of(make: Callable[..., Any]) -> str:
    """Say which distribution registers: Upspiral for its own modules, whoever imports them."""
    return OWN if _place_of(make)[0].split(".")[0] == OWN else _state.distribution


def _place_of(make: Callable[..., Any]) -> tuple[str, str]:
    return getattr(make, "__module__", None) or "", getattr(make, "__qualname__", None) or str(id(make))


def _distribution_of(one: EntryPoint) -> str:
    return f"{one.dist.name} {one.dist.version}" if one.dist else PROGRAM
