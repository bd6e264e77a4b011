"""Write an agent's live prompt, or the name of its live model, for an application that asks it itself."""

from pathlib import Path
from typing import Annotated, Any

import typer

from upspiral.cli.api import request, route
from upspiral.cli.commands.delivery.files import (
    read_text,
    render_patch,
    render_prompt,
    render_variable,
    set_variable,
    write_whole,
)
from upspiral.cli.options import AgentName, Data, Database, Json
from upspiral.cli.terminal import say, say_json, say_line, say_text
from upspiral.errors import InvalidInput

DEFAULT_VARIABLE = "AI_MODEL"
"""The variable that holds the name of the model."""


def env(
    agent: AgentName,
    file: Annotated[
        Path | None, typer.Option(help="Set it in this .env file; the other lines stay as they are.")
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the variable.")] = DEFAULT_VARIABLE,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Write the name of the model that is live, as a line of a .env file."""
    if not name.isidentifier():
        raise InvalidInput(f"{name!r} is no name of a variable.", hint="Use letters, digits and underscores.")
    prompt = _read_prompt(agent, None, data, database)
    changed = file is not None and _write(file, set_variable(read_text(file), name, prompt["model"]))
    if json:
        say_json({"name": name, "value": prompt["model"], "version": prompt["version"], "changed": changed})
    elif file is None:
        say_line(render_variable(name, prompt["model"]))
    elif changed:
        say("{file} now names {model}.", file=file, model=prompt["model"])
    else:
        say("{file} names {model} already.", file=file, model=prompt["model"])


def export_prompts(
    agent: AgentName,
    out: Annotated[
        Path | None, typer.Option(help="The file to write: .json for all of it, else one text.")
    ] = None,
    patch: Annotated[
        Path | None, typer.Option(help="Write the change of this file as a patch, instead of the prompt.")
    ] = None,
    version: Annotated[
        str | None, typer.Option(help="latest, canary, support@3 or 3; the live one by default.")
    ] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Write an agent's prompt to a file, or the change of a file as a patch."""
    prompt = _read_prompt(agent, version, data, database)
    text = render_prompt(prompt, patch or out)
    if patch is not None:
        text = render_patch(read_text(patch), text, patch)
    changed = out is not None and _write(out, text)
    if json:
        say_json({**prompt, "changed": changed})
    elif out is None and text:
        say_text(text.removesuffix("\n"))
    elif patch is not None and not text:
        say_line(f"{patch} holds the prompt of {prompt['version']} already.", to_error=True)
    elif changed:
        say("{file} is written for {version}.", file=out, version=prompt["version"])
    else:
        say("{file} is that of {version} already.", file=out, version=prompt["version"])


def _read_prompt(agent: str, version: str | None, data: Path | None, database: str | None) -> dict[str, Any]:
    given = {"version": version} if version else {}
    path = route("/api/v1/agents/{}/prompt", agent)
    prompt: dict[str, Any] = request("GET", path, data, database, params=given)
    return prompt


def _write(path: Path, text: str) -> bool:
    """Write a file; say whether anything changed.

    Raises:
        InvalidInput: It cannot be written.
    """
    try:
        return write_whole(path, text)
    except OSError as error:
        said = f"{path} cannot be written: {error.strerror}."
        raise InvalidInput(said, hint="Name another file.") from error


TOP_LEVEL_COMMANDS = (env,)
COMMANDS = (export_prompts,)
