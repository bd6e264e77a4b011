"""Does each module have its tests where one looks for them?

The tests of ``src/upspiral/a/b.py`` are ``tests/a/test_b.py``, or those in ``tests/a/b``.
Tests of several modules together have a name of their own and count for none of them.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
MIN_SHARE = 0.70
"""Of the modules, so many have tests in their place; raise it, never lower it."""
NOT_COUNTED = frozenset({"__init__.py", "__main__.py"})
HAS_TEST = re.compile(r"^\s*(?:async )?def test_", re.MULTILINE)


def main(src: Path = ROOT / "src" / "upspiral", tests: Path = ROOT / "tests") -> int:
    """Print the share of modules with tests in their place; give 1 where it is too low, else 0."""
    modules = list(list_modules(src))
    without = [module for module in modules if not is_tested(module, tests)]
    share = 1 - len(without) / max(1, len(modules))
    if share < MIN_SHARE:
        print("\n".join(f"{module}: no {expected_file(module)}" for module in without))
        print(f"only {share:.1%} of {len(modules)} modules have tests in their place; {MIN_SHARE:.0%} must")
        return 1
    print(f"tests mirrored: {share:.1%} of {len(modules)} modules have tests in their place")
    return 0


def list_modules(src: Path) -> Iterator[Path]:
    """Give every module, relative to the package; migrations have a test of their own for all of them."""
    for path in sorted(src.rglob("*.py")):
        if path.name not in NOT_COUNTED and "migrations" not in path.relative_to(src).parts:
            yield path.relative_to(src)


def is_tested(module: Path, tests: Path) -> bool:
    """Say whether a module has a file with a test in it, in one of its two places."""
    places = [tests / expected_file(module), *(tests / module.with_suffix("")).glob("test_*.py")]
    return any(place.is_file() and HAS_TEST.search(place.read_text()) for place in places)


def expected_file(module: Path) -> Path:
    """Give the file in which a module's tests are, relative to the folder of tests.

    >>> expected_file(Path("route/base.py")).as_posix()
    'route/test_base.py'
    """
    return module.parent / f"test_{module.name}"


if __name__ == "__main__":
    sys.exit(main())
