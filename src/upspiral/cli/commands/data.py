"""Bring data in, and look after what is there."""

from collections.abc import Iterator
from itertools import islice
from json import dumps
from pathlib import Path
from typing import Annotated, Any

import typer

from upspiral.cli.door import asked, door, run
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.tell import number_of
from upspiral.cli.terminal import progress, say, say_json
from upspiral.errors import InvalidInput, NotFound

BATCH = 100
MOST_BAD_LINES = 10
"""Lines left out that are named."""


def import_(
    file: Annotated[Path, typer.Argument(help="A file of JSON lines; .gz is unpacked.")],
    format: Annotated[
        str, typer.Option(help="chat-jsonl, openai-stored, langfuse, phoenix or tensorzero.")
    ] = "chat-jsonl",
    agent: Annotated[str | None, typer.Option(help="Whose interactions; else what each line says.")] = None,
    map: Annotated[list[str] | None, typer.Option(help="OURS=THEIRS, dots for depth; repeatable.")] = None,
    tool_tag: Annotated[str | None, typer.Option(help="Text agents: calls stand in <TAG>…</TAG>.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Take in interactions and their outcomes from a file."""
    from upspiral.capture.formats import FORMATS

    if format not in ("chat-jsonl", *FORMATS):
        known = ", ".join(("chat-jsonl", *FORMATS))
        raise InvalidInput(f"The format {format!r} is not known.", hint=f"Use one of {known}.")
    if not file.exists():
        raise NotFound(f"There is no file {file}.", hint="Check the path.")
    mapping = dict(_pair(entry) for entry in map or [])

    async def task() -> dict[str, Any]:
        total: dict[str, Any] = {"recorded": 0, "feedback": 0, "bad": []}
        async with door(data, database, creates=True) as api:
            with progress(quiet=json) as show:
                lines, first = _lines(file, format), 1
                while part := list(islice(lines, BATCH)):
                    body = {
                        "lines": part,
                        "first_line": first,
                        "format": format,
                        "agent": agent,
                        "mapping": mapping,
                        "tool_tag": tool_tag,
                    }
                    done = await api.ask("POST", "/api/v1/interactions/import", json=body)
                    total = {key: total[key] + done[key] for key in total}
                    first += len(part)
                    show(f"importing, {number_of(first - 1, 'line')} read")
        return total

    total = run(task())
    if json:
        say_json(total)
        return
    say(
        "Imported {interactions} with {outcomes}.",
        interactions=number_of(total["recorded"], "interaction"),
        outcomes=number_of(total["feedback"], "outcome"),
    )
    for bad in total["bad"][:MOST_BAD_LINES]:
        say("[yellow]Left out line {line}:[/] {reason}", line=bad["line"], reason=bad["reason"])
    if len(total["bad"]) > MOST_BAD_LINES:
        say("[yellow]… and {more} more.[/]", more=len(total["bad"]) - MOST_BAD_LINES)


def _lines(file: Path, format: str) -> Iterator[str]:
    """Give one line of JSON for each row of the file, whatever its shape."""
    from upspiral.capture.chat_jsonl import open_lines
    from upspiral.capture.formats import BadLine, rows

    if format == "chat-jsonl":
        yield from open_lines(file)
        return
    for _, row in rows(file):
        yield row.reason if isinstance(row, BadLine) else dumps(row)


def erase(
    end_user: Annotated[str | None, typer.Option(help="Everything about this person.")] = None,
    conversation: Annotated[str | None, typer.Option(help="Everything about this conversation.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Erase a person or a conversation, and name the datasets and models that held something of it."""
    body = {"end_user": end_user} if end_user else {"conversation": conversation}

    made = asked("POST", "/api/v1/erasures", data, database, json=body)
    if json:
        say_json(made)
        return
    say(
        "Erased {interactions}, {signals} and {cases} ({id}).",
        interactions=number_of(made["interactions"], "interaction"),
        signals=number_of(made["feedback"], "signal"),
        cases=number_of(made["examples"], "teaching case"),
        id=made["id"],
    )
    for name, held in (("Datasets", made["datasets"]), ("Models", made["models"])):
        if held:
            say("{name} that held some of it, now marked: {held}", name=name, held=", ".join(held))


def openapi() -> None:
    """Print the OpenAPI document of the REST API."""
    import tempfile

    from upspiral.app import Upspiral
    from upspiral.config import load
    from upspiral.server.app import create_app

    with tempfile.TemporaryDirectory() as folder, Upspiral(load(data=Path(folder))) as spiral:
        say_json(create_app(spiral).app.openapi())


def _pair(entry: str) -> tuple[str, str]:
    ours, equals, theirs = entry.partition("=")
    if not (ours and equals and theirs):
        raise InvalidInput(
            f"--map {entry!r} is no pair.", hint="Write --map OURS=THEIRS, such as success=result.ok."
        )
    return ours, theirs


COMMANDS = (import_, erase, openapi)
