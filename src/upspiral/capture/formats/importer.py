"""What must a reader of some tool's exports be able to do? Recognize a row, and read lines of JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from upspiral.capture.formats.chat_jsonl import BadLine, Imported
from upspiral.capture.formats.files import rows_of_lines
from upspiral.capture.formats.reading import Parse, Unfold, read_rows
from upspiral.capture.formats.values import Remark
from upspiral.domain.ids import WorkspaceId


class ImportRequest(Struct, frozen=True, kw_only=True):
    """For whom lines are read, and how."""

    workspace: WorkspaceId
    now: datetime
    """The moment that rows get which name none."""
    agent: str | None = None
    """Whose Interactions they are; None for what each row says."""
    first_line: int = 1
    """Number of the first line, for messages."""
    mapping: Mapping[str, str] = {}
    """From our field's name to the path of theirs, where the caller names fields."""
    tool_tag: str | None = None
    """Between these tags a text agent's calls stand."""
    copies: Sequence[int] = ()
    """For each line how many equal ones came before it in the file."""


class Importer(Protocol):
    """Reads the exports of one tool. The same row gives the same ids whenever it is read."""

    def recognizes(self, row: Mapping[str, Any]) -> bool:
        """Say whether a row looks like one of the tool's."""
        ...

    def read(self, lines: Sequence[str], request: ImportRequest) -> Iterator[Imported | Remark | BadLine]:
        """Read lines of JSON; what cannot be read is told as a BadLine, and the rest goes on."""
        ...


class RowImporter(Struct, frozen=True):
    """An Importer of which only what one row says has to be written."""

    parse: Parse
    fits: "Recognize"
    unfold: Unfold | None = None
    """Opens a row that holds many."""

    def recognizes(self, row: Mapping[str, Any]) -> bool:
        """See `Importer`."""
        return self.fits(row)

    def read(self, lines: Iterable[str], request: ImportRequest) -> Iterator[Imported | Remark | BadLine]:
        """See `Importer`; a row that `parse` cannot read becomes a BadLine with the reason."""
        rows = rows_of_lines(lines, first_line=request.first_line)
        return read_rows(
            rows,
            self.parse,
            unfold=self.unfold,
            agent=request.agent,
            workspace=request.workspace,
            now=request.now,
        )


class Recognize(Protocol):
    """Says whether a row looks like one of a tool's."""

    def __call__(self, row: Mapping[str, Any], /) -> bool:
        """Look at one row."""
