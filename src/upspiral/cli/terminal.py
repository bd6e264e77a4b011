"""How does anything reach the terminal? Every line, table, error and JSON document is printed here.

What users wrote (names, comments, messages) is data: its control characters are made visible and its square
brackets stay brackets. Templates and styles are ours alone.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from string import Formatter
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

PIPE_COLUMNS = 200
"""Width of tables where nobody sees a terminal, such as in a file."""
CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL, C1: escape sequences begin here
    "\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # bidi and invisible
    "\ud800-\udfff\ufdd0\ufdd1\U000e0000-\U000e007f]"  # lone surrogates, our own stand-ins, tags
)
"""Characters that a terminal obeys, or that change how the text around them looks."""
LAYOUT = re.compile(r"[\t\n\r\v\f\x85\u2028\u2029]+")
STAND_INS = str.maketrans({"[": "\ufdd0", "\\": "\ufdd1"})
"""What the parser of markup must not see of others' texts, as characters that no text may hold."""
MARKUP_RESTORED = str.maketrans({"\ufdd0": "[", "\ufdd1": "\\"})


class Markup(str):
    """Text of our own with rich markup in it; every other text is shown as it stands."""

    __slots__ = ()


def clean(text: str, *, keep_lines: bool = False) -> str:
    r"""Make the control characters of a text visible.

    Args:
        text: Whatever a user, a model or a file wrote.
        keep_lines: Keep line breaks and tabs; otherwise each run of them becomes a space.

    >>> clean("a\x1b[31mred\x07\u202e")
    'a\\x1b[31mred\\x07\\u202e'
    >>> clean("two\r\nlines"), clean("two\nlines", keep_lines=True)
    ('two lines', 'two\nlines')
    """
    if not keep_lines:
        text = LAYOUT.sub(" ", text)
    return CONTROL.sub(lambda found: _make_visible(found[0], keep_lines), text)


def escape(value: object) -> Markup:
    r"""Make a value safe within a template: whatever is not markup of our own is plain text.

    >>> to_text(escape("x[/bold]\x1b")).plain, escape(Markup("[red]bad[/]")), escape(7)
    ('x[/bold]\\x1b', '[red]bad[/]', '7')
    """
    return value if isinstance(value, Markup) else Markup(clean(str(value)).translate(STAND_INS))


def fill(template: str, **values: object) -> Markup:
    """Put values into a template of our own; only the template's markup counts.

    >>> to_text(fill("[bold]{name}[/] has {share:.1%}", name="[x]", share=0.5)).plain
    '[x] has 50.0%'
    """
    return Markup(_FORMAT.vformat(template, (), values))


def to_text(markup: Markup) -> "Text":
    """Give our markup, and the plain texts that were put into it, as what rich prints."""
    from rich.text import Text

    text = Text.from_markup(markup, emoji=False)
    text.plain = text.plain.translate(MARKUP_RESTORED)
    return text


def say(template: str, **values: object) -> None:
    """Print a sentence: a template of our own, and values of whoever.

    Args:
        template: A literal, with ``{names}`` and rich markup.
        **values: What stands for the names.
    """
    _print(to_text(fill(template, **values)))


def say_line(text: str, *, to_error: bool = False) -> None:
    """Print one line that must not be broken, such as a key or an address."""
    _print(to_text(escape(text)), to_error=to_error, wrap=False)


def say_text(text: str, *, indent: int = 0) -> None:
    """Print a text of whoever with its line breaks, such as a message or an answer."""
    from rich.padding import Padding
    from rich.text import Text

    safe = clean(text, keep_lines=True)
    if _console(to_error=False).is_terminal:
        _print(Padding(Text(safe), (0, 0, 0, indent), expand=False))
        return
    for line in safe.split("\n"):  # nothing is cut or broken where no terminal is
        _print(Text(" " * indent + line))


def say_error(message: str, hint: str = "") -> None:
    """Print an error and the next action on the standard error."""
    _print(to_text(fill("[bold red]Error:[/] {message}", message=message)), to_error=True, wrap=False)
    if hint:
        _print(to_text(fill("[dim]→[/] {hint}", hint=hint)), to_error=True, wrap=False)


def say_table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "", whole: Sequence[str] = ()
) -> None:
    """Print a table.

    Args:
        columns: Their headings; those that begin with ``#`` hold numbers and stand to the right.
        rows: A value for each column.
        title: Above it; of our own, may hold markup.
        whole: Columns whose values are never broken into lines.
    """
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        title=to_text(escape(title)) if title else None,
        title_justify="left",
    )
    for name in columns:
        number = name.startswith("#")
        table.add_column(
            name.removeprefix("#"),
            justify="right" if number else "left",
            no_wrap=number or name in whole,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(to_text(escape(cell)) for cell in row))
    _print(table)


def say_json(value: Any) -> None:
    """Print JSON for programs: what a terminal would obey is escaped, the value stays the same."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    sys.stdout.write(CONTROL.sub(lambda found: _json_escape(found[0]), text) + "\n")


class ProgressLine(Protocol):
    """Says how far something is."""

    def __call__(self, what: str, done: float | None = None, total: float | None = None) -> None:
        """Show what is done now, and how much of it."""


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[ProgressLine]:
    """Show on the standard error what is waited for; nothing where nobody sees it."""
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    console = _console(to_error=True)
    bar = BarColumn(bar_width=20)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), bar, TimeElapsedColumn())
    with Bars(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bars:
        task = bars.add_task("", total=None)

        def show(what: str, done: float | None = None, total: float | None = None) -> None:
            bars.update(task, description=clean(what), completed=done or 0, total=total)

        yield show


class _Shown(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        return escape(value if not format_spec else format(value, format_spec))

    def convert_field(self, value: Any, conversion: Any) -> Any:
        return clean(repr(value)) if conversion == "r" else super().convert_field(value, conversion)


_FORMAT = _Shown()


def _print(what: "RenderableType", *, to_error: bool = False, wrap: bool = True) -> None:
    from rich.text import Text

    console = _console(to_error=to_error)
    is_text = isinstance(what, Text)
    console.print(what, soft_wrap=is_text and not (wrap and console.is_terminal))


def _console(*, to_error: bool) -> "Console":
    from rich.console import Console

    console = Console(stderr=to_error, highlight=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in console._environ:
        console.width = PIPE_COLUMNS
    return console


def _make_visible(char: str, keep_lines: bool) -> str:
    return char if keep_lines and char in "\n\t" else char.encode("unicode_escape", "surrogatepass").decode()


def _json_escape(char: str) -> str:
    return char if char == "\n" else json.dumps(char)[1:-1]
