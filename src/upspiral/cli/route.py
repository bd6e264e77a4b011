"""Ask about routing."""

from json import dumps
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from upspiral.cli.door import asked, door, run
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.tell import tell_json
from upspiral.errors import InvalidInput


def what_if_route(
    policy: Annotated[str, typer.Argument(help="thompson, epsilon_greedy, linucb, threshold or fixed.")],
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Estimate what another policy would have been worth on the logged traffic."""
    seen = asked("GET", "/api/v1/choices/what-if", data, database, params={"policy": policy})
    if json:
        tell_json(seen)
        return
    console = Console(highlight=False)
    console.print(
        f"Learned from {seen['learned_from']} conversations, judged on the {seen['judged_on']} after them."
    )
    if seen["refusal"]:
        console.print(f"[yellow]It cannot be said:[/] {seen['refusal']['reason']}")
        return
    console.print(_floor_line({"share": seen["floor_share"], "loss": seen["floor_loss"]}))
    value = seen["value"]
    table = Table("", "mean score", "95 % interval")
    table.add_row("what was chosen", f"{seen['logged']:.3f}", "")
    for name, label in (("doubly_robust", "doubly robust"), ("snips", "self-normalised"), ("ips", "IPS")):
        one = value[name]
        table.add_row(f"{policy}, {label}", f"{one['value']:.3f}", f"{one['low']:.3f} to {one['high']:.3f}")
    console.print(table)


def table_route(
    domain: Annotated[str, typer.Argument(help="The kind of request.")] = "all",
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Show who would be chosen in a domain now, with what chance, and why."""
    seen = asked("GET", "/api/v1/choices/table", data, database, params={"domain": domain})
    if json:
        tell_json(seen)
        return
    table = Table("agent", "chance", "why")
    for one in seen["agents"]:
        table.add_row(one["agent"], f"{one['probability']:.1%}", one["reason"])
    console = Console(highlight=False)
    console.print(f"{seen['policy']} in {seen['domain']!r}, after {seen['settled']} settled conversations")
    console.print(table)


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
                return await api.ask("GET", f"/api/v1/choices/{about}")
            return await api.ask("GET", "/api/v1/choices/explain", params={"domain": about})

    seen = run(task())
    if json:
        tell_json(seen)
        return
    console = Console(highlight=False)
    if "words" in seen:
        console.print(seen["words"], markup=False)
        return
    if not seen["agents"]:
        console.print("There is no agent to choose from. Make one with `upspiral agents create`.")
        return
    for one in seen["agents"]:
        console.print(one["words"], markup=False)
    console.print(_floor_line(seen["floor"]), _several_line(seen["ensemble"], seen["cascade"]), sep="\n")


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
        async with door(data, database) as api:
            if given is not None:
                return await api.ask("PUT", "/api/v1/profiles", content=given)
            return await api.ask("GET", "/api/v1/profiles")

    seen = run(task())
    if export:
        export.write_text(dumps(seen, indent=2))
    if json:
        tell_json(seen)
        return
    table = Table("model", "queries", "accuracy", "mean latency", "domains")
    for model, one in seen.items():
        domains = ", ".join(
            f"{name} {cell['successful_queries']}/{cell['total_queries']}"
            for name, cell in sorted(one["domains"].items())
        )
        accuracy, latency = f"{one['accuracy']:.1%}", f"{one['avg_latency']:.0f} ms"
        table.add_row(model, str(one["total_queries"]), accuracy, latency, domains)
    Console(highlight=False).print(table)


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
