"""Show what an agent remembers, how often it was shown and how that went; make a memory by hand."""

from typing import Annotated, Any

import typer

from upspiral.cli.api import request, request_list, route
from upspiral.cli.options import AgentName, Data, Database, Json
from upspiral.cli.terminal import say, say_json, say_table
from upspiral.formatting import number_of

LIST = "/api/v1/agents/{}/memories"
ORIGINS = {"correction": "correction", "rewrite": "teacher", "replay": "own answer"}


def list_memory(name: AgentName, data: Data = None, database: Database = None, json: Json = False) -> None:
    """List the memories of an agent, the newest first."""
    found = request_list(route(LIST, name), data, database)
    if json:
        say_json(found)
        return
    if not found:
        say("{name} remembers nothing yet. Make a memory with `upspiral memory build {name}`.", name=name)
        return
    rows = [
        (one["memory"]["id"], one["held"], one["requests"], ", ".join(one["versions"]) or "none")
        for one in found
    ]
    say_table(("memory", "#answers", "#requests", "versions"), rows, whole=("memory", "versions"))


def show_memory(
    name: AgentName,
    memory: Annotated[str, typer.Argument(help="Its id, or `live` or `latest`.")] = "latest",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Answers shown, the most used first.")] = 20,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Show what a memory holds, how often each answer was shown, and how those requests went."""
    found = request(
        "GET", f"{route(LIST, name)}/{route('{}', memory)}", data, database, params={"limit": limit}
    )
    if json:
        say_json(found)
        return
    card = found["card"]
    say(
        "[bold]{id}[/] holds {held}, at most {most} before a request; shown before {requests}.",
        id=card["memory"]["id"],
        held=number_of(card["held"], "answer"),
        most=card["memory"]["max_shown"],
        requests=number_of(card["requests"], "request"),
    )
    if card["memory"]["erased"]:
        gone = number_of(len(card["memory"]["erased"]), "answer")
        say("Of erased persons: {gone}, shown no more.", gone=gone)
    say_table(
        ("question", "answer", "from", "#shown", "#good", "#bad"), [_row(one) for one in found["answers"]]
    )
    left_out = ", ".join(f"{count} {why}" for why, count in card["memory"]["dropped"].items())
    if left_out:
        say("Left out: {left_out}.", left_out=left_out)


def build_memory(
    name: AgentName,
    dataset: Annotated[str | None, typer.Option(help="From this dataset, not the newest.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Make a memory of the verified answers of the newest dataset; it answers nobody yet."""
    made = request("POST", route(LIST, name), data, database, json={"dataset": dataset})
    if json:
        say_json(made)
        return
    say(
        "[bold]{id}[/] remembers {size} and answers nobody yet.\n"
        "Look at it: upspiral memory show {name} {id}\n"
        "Make a version that shows it: upspiral agents revise {name} --memory latest",
        id=made["id"],
        size=number_of(made["size"], "answer"),
        name=name,
    )


def _row(one: dict[str, Any]) -> tuple[Any, ...]:
    item = one["item"]
    origin = ORIGINS.get(item["kind"], item["kind"])
    return item["question"], item["answer"], origin, one["shown"], one["succeeded"], one["failed"]


COMMANDS = (list_memory, show_memory, build_memory)
