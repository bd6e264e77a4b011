"""A package of a stranger, made of the code blocks of the guides and installed beside Upspiral."""

import re
import subprocess
import sys
from pathlib import Path

GUIDES = Path(__file__).parents[2] / "docs" / "contributing"
KINDS = (
    "routing-policy",
    "scorer",
    "judge",
    "importer",
    "provider",
    "trainer",
    "redactor",
    "notifier",
    "lever",
)
"""One guide each: its first code block is the plug-in, its second the test."""
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "1.2.3"

[project.entry-points."upspiral.plugins"]
{entry} = "{module}"
"""


def read_blocks(kind: str) -> list[str]:
    """Give the Python code of a guide."""
    return re.findall(r"```python\n(.*?)```", (GUIDES / f"{kind}.md").read_text(), re.DOTALL)


def install(target: Path, work: Path, *, name: str, files: dict[str, str], entry: str = "acme") -> None:
    """Install a distribution with an entry point into a folder, as pip does, without any index.

    Args:
        target: The folder to install into.
        work: Where the source is written.
        name: Of the distribution; its module has it with underscores.
        files: The module's files.
        entry: The name of the entry point.
    """
    module = name.replace("-", "_")
    for file, text in files.items():
        (work / module).mkdir(parents=True, exist_ok=True)
        (work / module / file).write_text(text)
    (work / "pyproject.toml").write_text(PROJECT.format(name=name, module=module, entry=entry))
    words = ["install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--target", str(target)]
    ran = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *words, str(work)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr


def install_guides(target: Path, work: Path) -> None:
    """Install the package that all guides together make."""
    modules = {kind.replace("-", "_"): read_blocks(kind)[0] for kind in KINDS}
    init = "\n".join(f"import upspiral_acme.{name}" for name in modules)
    files = {"__init__.py": init, **{f"{name}.py": text for name, text in modules.items()}}
    install(target, work, name="upspiral-acme", files=files)
