"""Ask about routing."""

from json import dumps
from pathlib import Path
from typing import Annotated, Any

import typer

from upspiral.cli.api import door, request, route, run
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.terminal import say, say_json, say_table, say_text
from upspiral.errors import InvalidInput
from upspiral.formatting import number_of


def what_if_route(
    policy: Annotated[str, typer.Argument(help="Its name, such as epsilon_greedy or threshold.")],
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Estimate what another policy would have been worth on the logged traffic."""
    seen = request("GET", "/api/v1/choices/what-if", data, database, params={"policy": policy})
    if json:
        say_json(seen)
        return
    say(
        "Learned from {past}, judged on the {later} after them.",
        past=number_of(seen["learned_from"], "conversation"),
        later=seen["judged_on"],
    )
    if seen["refusal"]:
        say("[yellow]It cannot be said:[/] {reason}", reason=seen["refusal"]["reason"])
        return
    say_text(_floor_line({"share": seen["floor_share"], "loss": seen["floor_loss"]}))
    value = seen["value"]
    rows = [("what was chosen", f"{seen['logged']:.3f}", "")]
    for name, label in (("doubly_robust", "doubly robust"), ("snips", "self-normalised"), ("ips", "IPS")):
        one = value[name]
        rows.append((f"{policy}, {label}", f"{one['value']:.3f}", f"{one['low']:.3f} to {one['high']:.3f}"))
    say_table(("", "#mean score", "#95 % interval"), rows)


def table_route(
    domain: Annotated[str, typer.Argument(help="The kind of request.")] = "all",
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Show who would be chosen in a domain now, with what chance, and why."""
    seen = request("GET", "/api/v1/choices/table", data, database, params={"domain": domain})
    if json:
        say_json(seen)
        return
    say(
        "{policy} in {domain!r}, after {settled}",
        policy=seen["policy"],
        domain=seen["domain"],
        settled=number_of(seen["settled"], "labeled conversation"),
    )
    rows = [(one["agent"], f"{one['probability']:.1%}", one["reason"]) for one in seen["agents"]]
    say_table(("agent", "#chance", "why"), rows)


def explain_route(
    about: Annotated[str, typer.Argument(help="A domain, or the id of an Interaction.")] = "all",
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Say in words why the agents of a domain have their chances, or why an Interaction got its agent."""

    async def task() -> Any:
        async with door(data, database) as api:
            if about.startswith("int_"):
                return await api.ask("GET", route("/api/v1/choices/{}", about))
            return await api.ask("GET", "/api/v1/choices/explain", params={"domain": about})

    seen = run(task())
    if json:
        say_json(seen)
        return
    if "words" in seen:
        say_text(seen["words"])
        return
    if not seen["agents"]:
        say("There is no agent to choose from. Make one with `upspiral agents create`.")
        return
    for one in seen["agents"]:
        say_text(one["words"])
    say_text(_floor_line(seen["floor"]))
    say_text(_several_line(seen["ensemble"], seen["cascade"]))


def profiles_route(
    export: Annotated[Path | None, typer.Option(help="Write them into this JSON file.")] = None,
    take: Annotated[Path | None, typer.Option("--import", help="Take over those of this file.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Show how each model did so far; export or import it as JSON."""
    given = _read(take) if take else None

    async def task() -> Any:
        async with door(data, database, creates=given is not None) as api:
            if given is not None:
                return await api.ask("PUT", "/api/v1/profiles", content=given)
            return await api.ask("GET", "/api/v1/profiles")

    seen = run(task())
    if export:
        export.write_text(dumps(seen, indent=2))
    if json:
        say_json(seen)
        return
    if not seen:
        say("No model has answered anything yet.")
        return
    rows = []
    for model, one in seen.items():
        domains = ", ".join(
            f"{name} {cell['successful_queries']}/{cell['total_queries']}"
            for name, cell in sorted(one["domains"].items())
        )
        accuracy, latency = f"{one['accuracy']:.1%}", f"{one['avg_latency']:.0f} ms"
        rows.append((model, one["total_queries"], accuracy, latency, domains))
    say_table(("model", "#queries", "#accuracy", "#mean latency", "domains"), rows)


def _floor_line(floor: dict[str, float]) -> str:
    return (
        f"{floor['share']:.1%} of the requests are spread over all agents so that a change is noticed; that "
        f"costs about {1000 * floor['loss']:.1f} successes in 1,000."
    )


def _several_line(ensemble: dict[str, Any], cascade: dict[str, Any]) -> str:
    fewer = "" if ensemble["width"] == ensemble["tuned"] else f" (of {ensemble['tuned']}: no more may answer)"
    return (
        f"auto:ensemble asks {ensemble['width']} at once{fewer}; auto:cascade asks up to {cascade['depth']} "
        f"in turn until one is verified at {cascade['threshold']:.2f}."
    )


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}.", hint="Check the path.") from error


COMMANDS = (what_if_route, table_route, explain_route, profiles_route)
