"""How does a prompt or a model's name get into a file of somebody's repository? As text (pure), and whole."""

import difflib
import json
import os
import re
from pathlib import Path
from typing import Any

PLAIN_VALUE = re.compile(r"[\w./:@+,-]*")
"""A value that needs no quotes in a .env file."""
NO_LINE_END = "\\ No newline at end of file"
"""Stands in a patch below a last line without an end."""


def render_prompt(prompt: dict[str, Any], path: Path | None) -> str:
    r"""Write a prompt for a file: all of it where its name ends in .json, else its one text.

    >>> render_prompt({"text": "Be brief.", "model": "gpt"}, Path("support.md"))
    'Be brief.\n'
    """
    if path is not None and path.suffix == ".json":
        return json.dumps(prompt, indent=2, ensure_ascii=False) + "\n"
    return str(prompt["text"]).rstrip("\n") + "\n"


def render_patch(before: str, after: str, path: Path) -> str:
    r"""Write the change of a file as `git apply` and `patch -p1` take it; empty where nothing changes.

    >>> print(render_patch("Be brief.\n", "Be kind.\n", Path("support.md")), end="")
    --- a/support.md
    +++ b/support.md
    @@ -1 +1 @@
    -Be brief.
    +Be kind.
    """
    name = path.as_posix()
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    lines = difflib.unified_diff(old, new, f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n{NO_LINE_END}\n" for line in lines)


def render_variable(name: str, value: str) -> str:
    r"""Write a line of a .env file.

    >>> render_variable("AI_MODEL", "org/gpt-x:1"), render_variable("AI_MODEL", 'a "b"\n$c')
    ('AI_MODEL=org/gpt-x:1', 'AI_MODEL="a \\"b\\"\\n\\$c"')
    """
    if PLAIN_VALUE.fullmatch(value):
        return f"{name}={value}"
    escaped = re.sub(r'([\\"$`])', r"\\\1", value).replace("\n", "\\n")
    return f'{name}="{escaped}"'


def set_variable(text: str, name: str, value: str) -> str:
    r"""Set a variable in the text of a .env file; everything else stays as it is.

    >>> set_variable("A=1\nexport AI_MODEL=old\nB=2\n", "AI_MODEL", "new")
    'A=1\nexport AI_MODEL=new\nB=2\n'
    >>> set_variable("A=1", "AI_MODEL", "new")
    'A=1\nAI_MODEL=new\n'
    """
    line = render_variable(name, value)
    known = re.compile(rf"^(\s*(?:export\s+)?){re.escape(name)}\s*=.*$", re.MULTILINE)
    if known.search(text):
        return known.sub(lambda found: found[1] + line, text)
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n"


def read_text(path: Path) -> str:
    """Read a file; one that is not there is empty."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def write_whole(path: Path, text: str) -> bool:
    """Write a file so that nobody ever reads half of it; say whether anything changed."""
    if path.exists() and read_text(path) == text:
        return False
    half = path.with_name(f"{path.name}.half")
    half.write_text(text, encoding="utf-8")
    if path.exists():
        half.chmod(path.stat().st_mode)
    os.replace(half, path)
    return True
