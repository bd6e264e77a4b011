"""What is in an installation? Writes a bill of materials (CycloneDX 1.6, JSON) from a lock with hashes.

    python scripts/sbom.py [lock/core.txt] > upspiral.cdx.json

Hashes are those that pip checks, so that whoever reads the bill can check the very files.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Locked(NamedTuple):
    """A package of a lock."""

    name: str
    version: str
    hashes: tuple[str, ...]


def main(lock: Path = ROOT / "lock" / "core.txt") -> None:
    """Print the bill."""
    print(json.dumps(make_bill(list(read_lock(lock.read_text()))), indent=1))


def read_lock(text: str) -> Iterator[Locked]:
    """Read the packages of a lock, each with the hashes of its files.

    Raises:
        ValueError: One has no hash, or is not pinned.
    """
    for entry in re.split(r"\n(?=\S)", text.replace("\\\n", " ")):
        line = entry.strip()
        if not line or line.startswith("#"):
            continue
        found, hashes = PINNED.match(line), HASH.findall(line)
        if found is None or not hashes:
            raise ValueError(f"this line of the lock is not pinned with a hash: {line[:80]}")
        yield Locked(found["name"].lower(), found["version"], tuple(hashes))


def make_bill(packages: list[Locked]) -> dict[str, Any]:
    """Make the bill of Upspiral and the packages."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": _describe("upspiral", _own_version(), kind="application")},
        "components": [
            _describe(one.name, one.version)
            | {"hashes": [{"alg": "SHA-256", "content": digest} for digest in one.hashes]}
            for one in packages
        ],
    }


def direct_dependencies() -> list[str]:
    """Give the names of what an installation without extras asks for itself."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [re.split(r"[\[<>=~! ]", one, maxsplit=1)[0].lower() for one in project["dependencies"]]


def _describe(name: str, version: str, *, kind: str = "library") -> dict[str, str]:
    reference = f"pkg:pypi/{name}@{version}"
    return {"type": kind, "name": name, "version": version, "purl": reference, "bom-ref": reference}


def _own_version() -> str:
    found = re.search(r'"([^"]+)"', (ROOT / "src" / "upspiral" / "version.py").read_text())
    return found[1] if found else "0"


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
