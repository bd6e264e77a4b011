"""Bring data in, and take it out again."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from json import dumps
from pathlib import Path
from typing import Annotated, Any

import typer

from upspiral.cli.api import Api, door, request, run
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.terminal import progress, say, say_json
from upspiral.errors import InvalidInput, NotFound
from upspiral.formatting import number_of

BATCH_LINES = 100
SAMPLE_ROWS = 50
"""Rows that tell the format of a file."""
MAX_SHOWN_REASONS = 10
AUTO = "auto"


def import_(
    file: Annotated[Path, typer.Argument(help="JSON lines, a JSON array, pages or CSV; .gz is unpacked.")],
    format: Annotated[
        str, typer.Option(help="chat-jsonl, langfuse, or another; auto looks at the rows.")
    ] = AUTO,
    agent: Annotated[str | None, typer.Option(help="Whose interactions; else what each line says.")] = None,
    map: Annotated[list[str] | None, typer.Option(help="OURS=THEIRS, dots for depth; repeatable.")] = None,
    scale: Annotated[
        list[str] | None, typer.Option(help="NAME=LOW..HIGH of a score, such as quality=1..5; repeatable.")
    ] = None,
    tool_tag: Annotated[str | None, typer.Option(help="Text agents: calls stand in <TAG>…</TAG>.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Take in interactions and their outcomes from a file."""
    options: dict[str, Any] = {
        "format": _check_format(file, format, mapped=bool(map)),
        "agent": agent,
        "mapping": dict(_pair(entry) for entry in map or []),
        "scales": dict(_scale(entry) for entry in scale or []),
        "tool_tag": tool_tag,
    }
    total: dict[str, Any] = {
        "recorded": 0, "feedback": 0, "agents": {}, "unused_scores": {}, "bad": []
    }  # fmt: skip

    async def task() -> None:
        async with door(data, database, creates=True) as api:
            await _send(api, file, options, total, quiet=json)

    try:
        run(task())
    except KeyboardInterrupt:
        _tell(total, file, options["format"])
        say("Not all of it is in. Run it again: what is in is not taken twice.")
        raise
    if json:
        say_json({**total, "format": options["format"]})
    else:
        _tell(total, file, options["format"])
    if not total["recorded"] and not total["feedback"]:
        raise InvalidInput(
            f"Nothing of {file} could be read.",
            hint=f"It was read as {options['format']}. {_describe(file)} {_suggest(file)}",
        )


async def _send(api: Api, file: Path, options: dict[str, Any], total: dict[str, Any], *, quiet: bool) -> None:
    with progress(quiet=quiet) as show:
        rows, done = sum(1 for _ in _rows(file)), 0
        seen: Counter[str] = Counter()
        for first, lines in _batches(file):
            copies = [_count(seen, line) for line in lines]
            body = {"lines": lines, "first_line": first, "copies": copies, **options}
            _add(total, await api.ask("POST", "/api/v1/interactions/import", json=body))
            done += len(lines)
            show(f"importing: {done:,} of {rows:,} rows", done, rows)


def _count(seen: Counter[str], line: str) -> int:
    seen[line] += 1
    return seen[line] - 1


def _add(total: dict[str, Any], done: dict[str, Any]) -> None:
    for key in ("recorded", "feedback"):
        total[key] += done[key]
    total["bad"] += done["bad"]
    for name, count in done["unused_scores"].items():
        total["unused_scores"][name] = total["unused_scores"].get(name, 0) + count
    for name, counts in done["agents"].items():
        known = total["agents"].setdefault(name, {"new": 0, "known": 0})
        for key, count in counts.items():
            known[key] += count


def _tell(total: dict[str, Any], file: Path, format: str) -> None:
    for name, counts in total["agents"].items():
        say("{agent}: {new} new, {known} known already", agent=name, **counts)
    say(
        "Read {interactions} with {outcomes} from {file} ({format}).",
        interactions=number_of(total["recorded"], "interaction"),
        outcomes=number_of(total["feedback"], "outcome"),
        file=file,
        format=format,
    )
    for bad in total["bad"][:MAX_SHOWN_REASONS]:
        say("[yellow]Left out line {line}:[/] {reason}", line=bad["line"], reason=bad["reason"])
    if len(total["bad"]) > MAX_SHOWN_REASONS:
        say("[yellow]… and {more} more.[/]", more=len(total["bad"]) - MAX_SHOWN_REASONS)
    for name, count in total["unused_scores"].items():
        say(
            "{scores} of {name!r} kept but not used: the scale is not known. Say it with --scale"
            " {name}=LOW..HIGH.",
            scores=number_of(count, "score"),
            name=name,
        )


def _check_format(file: Path, format: str, *, mapped: bool) -> str:
    from upspiral.capture.formats import detect_format

    if not file.exists():
        raise NotFound(f"There is no file {file}.", hint="Check the path.")
    if file.is_dir():
        raise InvalidInput(f"{file} is a folder.", hint="Give one of the files in it.")
    sample = _sample(file)
    if format != AUTO:
        return format
    found = detect_format(sample)
    if found is None and not mapped:
        raise InvalidInput(
            f"The format of {file} is not known. {_describe(file)}",
            hint=_suggest(file),
        )
    return found if found and not mapped else "chat-jsonl"


def _describe(file: Path) -> str:
    from upspiral.capture.formats import describe_rows

    return describe_rows(_sample(file))


def _suggest(file: Path) -> str:
    from upspiral.capture.formats import suggest_command

    return suggest_command(str(file), _sample(file))


def _sample(file: Path) -> list[Any]:
    return [row for _, row in islice(_rows(file), SAMPLE_ROWS)]


def _rows(file: Path) -> Iterator[tuple[int, Any]]:
    from upspiral.capture.formats import rows

    try:
        yield from rows(file)
    except ValueError as error:
        raise InvalidInput(
            f"{file} cannot be read: {error}.", hint="Give JSON lines, a JSON array, or CSV with a header."
        ) from error


def _batches(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Give runs of neighbouring lines, each with the number of its first."""
    from upspiral.capture.formats import BadLine

    first, lines = 0, list[str]()
    for number, row in _rows(file):
        if lines and (number != first + len(lines) or len(lines) == BATCH_LINES):
            yield first, lines
            lines = []
        if not lines:
            first = number
        # The reason stands in place of the row: it is no JSON, so the server names this line with it.
        lines.append(row.reason if isinstance(row, BadLine) else dumps(row))
    if lines:
        yield max(first, 1), lines


def _pair(entry: str) -> tuple[str, str]:
    ours, equals, theirs = entry.partition("=")
    if not (ours and equals and theirs):
        raise InvalidInput(
            f"--map {entry!r} is no pair.", hint="Write --map OURS=THEIRS, such as success=result.ok."
        )
    return ours, theirs


def _scale(entry: str) -> tuple[str, tuple[float, float]]:
    name, _, ends = entry.rpartition("=")
    low, dots, high = ends.partition("..")
    try:
        found = float(low), float(high)
    except ValueError:
        found = (0.0, 0.0)
    if not (name and dots and found[0] < found[1]):
        raise InvalidInput(
            f"--scale {entry!r} is no scale.", hint="Write --scale NAME=LOW..HIGH, such as quality=1..5."
        )
    return name, found


def erase(
    end_user: Annotated[str | None, typer.Option(help="Everything about this person.")] = None,
    conversation: Annotated[str | None, typer.Option(help="Everything about this conversation.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Erase a person or a conversation, and name the datasets and models that held something of it."""
    body = {"end_user": end_user} if end_user else {"conversation": conversation}

    made = request("POST", "/api/v1/erasures", data, database, json=body)
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
    if made["versions"]:
        say("Versions that showed it or were drafted from it: {held}", held=", ".join(made["versions"]))
    if made["finished"] is None:
        say("Files still hold some of it; that goes on by itself once there is room on the disk.")


def openapi() -> None:
    """Print the OpenAPI document of the REST API."""
    import tempfile

    from upspiral.app import App
    from upspiral.config import load
    from upspiral.server.app import create_app

    with tempfile.TemporaryDirectory() as folder, App(load(data=Path(folder))) as app:
        say_json(create_app(app).app.openapi())


COMMANDS = (import_, erase, openapi)
