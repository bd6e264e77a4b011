"""Write the picture of the README: what `upspiral history` prints about a data folder of the demo.

python scripts/picture.py demo-data
"""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "history.svg"
COLUMNS = 100
COMMAND = ("history", "--data")
FOREIGN_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Fonts of another host; whoever looks at a page is not to be told to anybody."""


def main(data: str) -> int:
    """Run the command and write its picture."""
    env = os.environ | {"COLUMNS": str(COLUMNS), "FORCE_COLOR": "1"}
    words = [sys.executable, "-m", "upspiral.cli.main", *COMMAND, data]
    said = subprocess.run(words, capture_output=True, text=True, check=True, env=env).stdout
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ upspiral {' '.join(COMMAND)} {Path(data).name}", style="bold green"))
    console.print(Text.from_ansi(said.rstrip()))
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(FOREIGN_FONTS.sub("", console.export_svg(title="upspiral")))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
