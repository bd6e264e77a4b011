"""Which key was pressed, at a terminal or in lines that another program writes?"""

import sys
from collections.abc import Callable, Mapping

QUIT = "quit"


def open_keyboard() -> Callable[[], str]:
    """Give what reads one key: from the terminal at once, from anything else the first letter of a line."""
    if sys.stdin.isatty():
        import click

        return click.getchar

    def read_line() -> str:
        for line in sys.stdin:
            if line.strip():
                return line.strip()[0]
        return ""

    return read_line


def ask_key(read: Callable[[], str], keys: Mapping[str, str]) -> str:
    """Wait for a key that means something, and give what it means; `QUIT` where the input has ended."""
    while True:
        typed = read()
        if not typed:
            return QUIT
        if typed.lower() in keys:
            return keys[typed.lower()]
