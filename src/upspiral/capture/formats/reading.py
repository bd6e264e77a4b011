"""How are the rows of an export read, one by one, whatever some of them hold?"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Protocol

from msgspec.structs import replace

from upspiral.capture.formats.chat_jsonl import ROW_ERRORS, BadLine, Imported, check_storable
from upspiral.capture.formats.values import Remark
from upspiral.domain.ids import InteractionId, WorkspaceId


class Parse(Protocol):
    """Reads one row: what it says, or None where it is no model call."""

    def __call__(
        self, row: dict[str, Any], *, agent: str | None, workspace: WorkspaceId, now: datetime
    ) -> Imported | Remark | None:
        """Read one row."""


class Unfold(Protocol):
    """Opens a row that holds many, such as a downloaded trace."""

    def __call__(self, row: dict[str, Any], /) -> Iterable[Any]:
        """Give the rows within; the row itself where it holds none."""


def read_rows(
    given: Iterable[tuple[int, Any]],
    parse: Parse,
    *,
    unfold: Unfold | None = None,
    agent: str | None,
    workspace: WorkspaceId,
    now: datetime,
) -> Iterator[Imported | Remark | BadLine]:
    """Read numbered rows; what is said about Interactions comes after them all.

    A Remark on a whole trace or conversation goes to its latest turn among these rows.

    Args:
        given: Number and value of each row; a BadLine for what was no JSON.
        parse: Reads one row.
        unfold: Opens a row that holds many; None where none does.
        agent: Whose Interactions they are; None for what each row says.
        workspace: Where they belong.
        now: The moment rows get that name none.
    """
    remarks: list[Remark] = []
    latest: dict[str, tuple[datetime, InteractionId]] = {}
    for number, value in given:
        for row in _unfold(value, number, unfold):
            found = _one(row, number, parse, agent=agent, workspace=workspace, now=now)
            if isinstance(found, Remark):
                remarks.append(found)
                continue
            if isinstance(found, Imported):
                _remember(found, latest)
            if found is not None:
                yield found
    yield from (_join(remark, latest) for remark in remarks)


def _unfold(value: Any, number: int, unfold: Unfold | None) -> list[Any]:
    try:
        return list(unfold(value)) if unfold and isinstance(value, dict) else [value]
    except ROW_ERRORS as error:
        return [BadLine(number, _reason(error))]


def _one(
    row: Any, number: int, parse: Parse, *, agent: str | None, workspace: WorkspaceId, now: datetime
) -> Imported | Remark | BadLine | None:
    if isinstance(row, BadLine):
        return row
    if not isinstance(row, dict):
        return BadLine(number, "it is no JSON object")
    try:
        found = parse(row, agent=agent, workspace=workspace, now=now)
        return check_storable(found) if isinstance(found, Imported) else found
    except ROW_ERRORS as error:
        return BadLine(number, _reason(error))


def _reason(error: Exception) -> str:
    said = str(error.args[0]) if error.args else ""
    return f"it has no {said!r}" if isinstance(error, KeyError) else said or type(error).__name__


def _remember(found: Imported, latest: dict[str, tuple[datetime, InteractionId]]) -> None:
    turn = found.interaction
    for key in {turn.conversation, turn.trace or turn.conversation}:
        latest[key] = max(latest.get(key, (turn.at, turn.id)), (turn.at, turn.id))


def _join(remark: Remark, latest: dict[str, tuple[datetime, InteractionId]]) -> Remark:
    found = latest.get(remark.about) if remark.about is not None else None
    return Remark(replace(remark.feedback, interaction=found[1])) if found else remark
