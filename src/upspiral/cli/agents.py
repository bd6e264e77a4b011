"""Make and list agents."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from upspiral.cli.door import asked
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.tell import tell_json


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


def list_agents(data: Data = None, database: Database = None, json: Json = False) -> None:
    """List all agents."""
    found = asked("GET", "/api/v1/agents", data, database)
    if json:
        tell_json(found)
        return
    table = Table("agent", "live version", "teacher")
    for agent in found:
        table.add_row(agent["id"], agent["live"], agent["teacher"] or "none")
    Console().print(table)


COMMANDS = (create_agent, list_agents)
