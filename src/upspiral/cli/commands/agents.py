"""Make, show, change and delete agents."""

import json as json_text
import math
from pathlib import Path
from typing import Annotated, Any

import typer

from upspiral.cli.api import DEFAULT_DATA, request, request_list, route
from upspiral.cli.options import AgentName, Data, Database, Json
from upspiral.cli.render import moment
from upspiral.cli.terminal import clean, say, say_json, say_table
from upspiral.cli.trust import KEY_FILE
from upspiral.errors import InvalidInput

CARD = (
    ("live version", "version"),
    ("model", "model"),
    ("URL", "url"),
    ("key variable", "key_env"),
    ("teacher", "teacher"),
    ("night budget", "budget"),
)
"""What is shown of an agent, and its name in the answer."""


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
    description: Annotated[str, typer.Option(help="What it is for, in your words.")] = "",
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
        "description": description,
        "instructions": instructions,
        "max_tokens": max_tokens,
    }
    if teacher:
        body["teacher"] = {"model": teacher, "url": teacher_url, "key_env": teacher_key_env}

    made = request("POST", "/api/v1/agents", data, database, creates=True, json=body)
    if json:
        say_json(made)
    else:
        say("Agent [bold]{name}[/] is ready: {id} answers.", name=name, id=model)
        say("Start `upspiral serve`; callers put {name!r} into `model`.", name=name)
        key = (data or Path(DEFAULT_DATA)) / KEY_FILE
        if key.exists():
            say("Your key is in {file}.", file=key)
        for warning in made["warnings"]:
            say("Note: {warning}", warning=warning)


def list_agents(data: Data = None, database: Database = None, json: Json = False) -> None:
    """List all agents."""
    found = request_list("/api/v1/agents", data, database)
    if json:
        say_json(found)
        return
    if not found:
        say("There is no agent yet. Make one with `upspiral agents create`.")
        return
    rows = [
        (agent["id"], agent["version"], agent["model"], agent["teacher_model"] or "none") for agent in found
    ]
    say_table(("agent", "live version", "model", "teacher"), rows)


def show_agent(name: AgentName, data: Data = None, database: Database = None, json: Json = False) -> None:
    """Show one agent: what answers, who teaches it, and its versions."""
    found = request("GET", route("/api/v1/agents/{}", name), data, database)
    if json:
        say_json(found)
        return
    card = found["card"]
    say("[bold]{name}[/] {description}", name=card["id"], description=card["description"])
    for label, key in CARD:
        if card[key]:
            say("  {label:14}{value}", label=label, value=card[key])
    versions = []
    for one in found["versions"]:
        counts = (len(one["rules"]), len(one["examples"]))
        versions.append((f"{name}@{one['number']}", moment(one["at"]), *counts, one["instructions"]))
    say_table(("version", "made", "#rules", "#examples", "instructions"), versions, whole=("version", "made"))


def edit_agent(
    name: AgentName,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    url: Annotated[str | None, typer.Option(help="Base URL of its model's endpoint.")] = None,
    key_env: Annotated[str | None, typer.Option(help="Environment variable with the key.")] = None,
    teacher: Annotated[str | None, typer.Option(help="openai-compatible:NAME, or none.")] = None,
    teacher_url: Annotated[str | None, typer.Option(help="Base URL of the teacher's endpoint.")] = None,
    teacher_key_env: Annotated[str | None, typer.Option(help="Environment variable with its key.")] = None,
    lever: Annotated[
        list[str] | None, typer.Option(help="A lever that its nights may use, alone or with others; or all.")
    ] = None,
    shadow_share: Annotated[
        float | None,
        typer.Option(help="Part of its requests that a candidate answers a copy of.", min=0, max=1),
    ] = None,
    budget_tokens: Annotated[
        str | None, typer.Option(help="Tokens that a night may use of paid models, or none for no limit.")
    ] = None,
    budget_usd: Annotated[
        str | None, typer.Option(help="US dollars that a night may spend on them, or none for no limit.")
    ] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Change an agent's description, teacher, levers, budget, or where its model is asked; the rest stays."""
    body: dict[str, Any] = {"description": description, "url": url, "key_env": key_env}
    body["shadow_share"] = shadow_share
    if lever:
        body["levers"] = [] if lever == ["all"] else lever
    body = {key: value for key, value in body.items() if value is not None}
    if teacher == "none":
        body["teacher"] = None
    elif teacher:
        body["teacher"] = {"model": teacher, "url": teacher_url, "key_env": teacher_key_env}
    for option, limit in (("budget_tokens", budget_tokens), ("budget_usd", budget_usd)):
        if limit:
            body[option] = _read_limit(option, limit)
    if not body:
        raise InvalidInput(
            "Nothing is to be changed.",
            hint="Give --description, --url, --key-env, --teacher, --lever, --budget-tokens or --budget-usd.",
        )
    changed = request("PATCH", route("/api/v1/agents/{}", name), data, database, json=body)
    say_json(changed) if json else say("Agent [bold]{name}[/] is changed.", name=name)


def _read_limit(option: str, limit: str) -> float | None:
    if limit == "none":
        return None
    try:
        read = float(limit.replace(",", "").replace("_", ""))
    except ValueError:
        read = math.nan
    if not 0 <= read < math.inf:
        shown = option.replace("_", "-")
        raise InvalidInput(f"--{shown} is {limit!r}, which is no amount.", hint="Give a number, or none.")
    return int(read) if read.is_integer() else read


def rename_agent(
    name: AgentName,
    new_name: Annotated[str, typer.Argument(help="Its new name; callers put it into `model`.")],
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Give an agent another name; everything recorded of it moves along."""
    changed = request("PATCH", route("/api/v1/agents/{}", name), data, database, json={"name": new_name})
    if json:
        say_json(changed)
        return
    say("[bold]{name}[/] is now [bold]{new}[/]; callers must name the new one.", name=name, new=new_name)


def delete_agent(
    name: AgentName,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Delete an agent; its versions and what was recorded of it stay."""
    if not yes:
        typer.confirm(f"Delete {clean(name)}? Callers get 404 at once", abort=True)
    gone = request("DELETE", route("/api/v1/agents/{}", name), data, database)
    if json:
        say_json(gone)
        return
    say("Agent [bold]{name}[/] is deleted. What was recorded of it stays (`upspiral erase`).", name=name)


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
    memory: Annotated[
        str | None, typer.Option(help="The memory that it shows: an id, `live`, `latest` or `none`.")
    ] = None,
    of: Annotated[str | None, typer.Option(help="Begin from this version, not the live one.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Make a version with other instructions, guidelines, examples or memory; it answers nobody yet."""
    body: dict[str, Any] = {"of": of, "instructions": instructions, "rules": rule or None, "memory": memory}
    if examples:
        body["examples"] = read_examples(examples)
    made = request("POST", route("/api/v1/agents/{}/versions", name), data, database, json=body)
    if json:
        say_json(made)
        return
    number, before = made["number"], of or "live"
    say(
        "[bold]{name}@{number}[/] is made and answers nobody yet.\n"
        "Prove it: upspiral compare {name} {number} {before}\n"
        "Roll it out: upspiral deploy {name} {number}",
        name=name,
        number=number,
        before=before,
    )


def read_examples(file: Path) -> list[Any]:
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
            found += [json_text.loads(line)] if line.strip() else []
        except ValueError as error:
            raise InvalidInput(f"Line {number} of {file} is no JSON: {error}.") from error
    return found


COMMANDS = (create_agent, list_agents, show_agent, revise_agent, edit_agent, rename_agent, delete_agent)
