"""Make, list and revise agents."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from upspiral.cli.door import asked
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.tell import tell_json
from upspiral.errors import InvalidInput


def create_agent(
    name: Annotated[str, typer.Argument(help="Its name; callers put it into `model`.")],
    model: Annotated[str, typer.Option(help="local:FOLDER, vllm:NAME or openai-compatible:NAME.")],
    url: Annotated[str | None, typer.Option(help="Base URL of the model's endpoint.")] = None,
    key_env: Annotated[str | None, typer.Option(help="Environment variable with its key.")] = None,
    teacher: Annotated[
        str | None, typer.Option(help="Who rewrites failures: openai-compatible:NAME.")
    ] = None,
    teacher_url: Annotated[str | None, typer.Option(help="Base URL of the teacher's endpoint.")] = None,
    teacher_key_env: Annotated[str | None, typer.Option(help="Environment variable with its key.")] = None,
    instructions: Annotated[str, typer.Option(help="System message before every request.")] = "",
    max_tokens: Annotated[int | None, typer.Option(help="Longest answer unless the caller says so.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Make an agent that the gateway serves."""
    body: dict[str, Any] = {
        "name": name,
        "model": {"model": model, "url": url, "key_env": key_env},
        "instructions": instructions,
        "max_tokens": max_tokens,
    }
    if teacher:
        body["teacher"] = {"model": teacher, "url": teacher_url, "key_env": teacher_key_env}

    made = asked("POST", "/api/v1/agents", data, database, json=body)
    if json:
        tell_json(made)
    else:
        Console(highlight=False).print(f"Agent [bold]{name}[/] is ready. Ask it through `upspiral serve`.")
        for warning in made["warnings"]:
            Console(highlight=False).print(f"Note: {warning}", markup=False)


def list_agents(data: Data = None, database: Database = None, json: Json = False) -> None:
    """List all agents."""
    found = asked("GET", "/api/v1/agents", data, database)
    if json:
        tell_json(found)
        return
    table = Table("agent", "live version", "teacher")
    for agent in found:
        table.add_row(agent["id"], agent["version"], agent["teacher"] or "none")
    Console().print(table)


def revise_agent(
    name: Annotated[str, typer.Argument(help="Which agent.")],
    instructions: Annotated[str | None, typer.Option(help="Its new instructions.")] = None,
    rule: Annotated[
        list[str] | None, typer.Option(help="A guideline; once for each. They replace those it has.")
    ] = None,
    examples: Annotated[
        Path | None,
        typer.Option(help="Examples it shows: a file of JSON lines with `question` and `answer`."),
    ] = None,
    of: Annotated[str | None, typer.Option(help="Begin from this version, not the live one.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Make a version with other instructions, guidelines or examples; it answers nobody yet."""
    body: dict[str, Any] = {"of": of, "instructions": instructions, "rules": rule or None}
    if examples:
        body["examples"] = shown_in(examples)
    made = asked("POST", f"/api/v1/agents/{name}/versions", data, database, json=body)
    if json:
        tell_json(made)
        return
    number, before = made["number"], of or "live"
    Console(highlight=False).print(
        f"[bold]{name}@{number}[/] is made and answers nobody yet.\n"
        f"Prove it: upspiral compare {name} {number} {before}\n"
        f"Let it out: upspiral deploy {name} {number}"
    )


def shown_in(file: Path) -> list[Any]:
    """Read examples from a file of JSON lines.

    Raises:
        InvalidInput: Names the file, and the line that is no JSON.
    """
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The examples {file} cannot be read: {error}.") from error
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found += [msgspec.json.decode(line)] if line.strip() else []
        except msgspec.DecodeError as error:
            raise InvalidInput(f"Line {number} of {file} is no JSON: {error}.") from error
    return found


COMMANDS = (create_agent, list_agents, revise_agent)
