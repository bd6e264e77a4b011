"""Are the installed packages new enough to be safe? Asked before a server listens.

`pip` keeps the versions of `pyproject.toml` only while it installs; another package may bring an older one in
later, or an image may be made of parts. Below these versions a known fault opens a door, so none is served.
"""

import re
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version

from upspiral.errors import ConfigError

FLOORS: Mapping[str, tuple[str, str]] = {
    "starlette": ("1.0.1", "a forged Host header changes which path is checked (CVE-2026-48710)"),
    "mcp": ("1.23.0", "a web page reaches a local MCP server by DNS rebinding (CVE-2025-66416)"),
    "h11": ("0.16.0", "a chunked body hides a second request (CVE-2025-43859)"),
    "python-multipart": ("0.0.18", "a crafted form keeps the server busy (CVE-2024-53981)"),
    "jinja2": ("3.1.6", "a template leaves its sandbox (CVE-2025-27516)"),
    "aiohttp": ("3.12.14", "a chunked body hides a second request (CVE-2025-53643)"),
}
"""By package: the lowest version that is served with, and what is wrong with the ones before."""


def find_version(package: str) -> str | None:
    """Give the version of an installed package; None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def find_too_old(find: Callable[[str], str | None] = find_version) -> list[str]:
    """Say in words which installed packages are below their floor.

    >>> find_too_old({"starlette": "1.0.0", "h11": "0.16.0"}.get)
    ['starlette 1.0.0 is below 1.0.1: a forged Host header changes which path is checked (CVE-2026-48710)']
    """
    found = [(package, find(package), *wanted) for package, wanted in FLOORS.items()]
    return [
        f"{package} {there} is below {floor}: {why}"
        for package, there, floor, why in found
        if there is not None and _release(there) < _release(floor)
    ]


def check_floors(find: Callable[[str], str | None] = find_version) -> None:
    """See that no installed package is below its floor.

    Raises:
        ConfigError: One is; names it with what is wrong with it.
    """
    if too_old := find_too_old(find):
        raise ConfigError(
            f"The server does not start with packages that are not safe: {'; '.join(too_old)}.",
            hint="Install Upspiral again in a fresh environment: pip install --upgrade upspiral.",
        )


def _release(text: str) -> tuple[int, ...]:
    """Give the numbers of a release, of which a pre-release has those that it leads to.

    >>> _release("1.10.0rc1") > _release("1.9.3")
    True
    """
    found = re.match(r"(\d+!)?(\d+(\.\d+)*)", text)
    return tuple(map(int, found[2].split("."))) if found else ()
