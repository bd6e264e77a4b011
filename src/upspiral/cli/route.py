"""Ask about routing."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from upspiral.cli.door import door, run
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.tell import tell_json


def what_if_route(
    policy: Annotated[str, typer.Argument(help="thompson, epsilon_greedy, linucb, threshold or fixed.")],
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Estimate what another policy would have been worth on the logged traffic."""

    async def task() -> Any:
        async with door(data, database) as api:
            return await api.ask("GET", "/api/v1/choices/what-if", params={"policy": policy})

    seen = run(task())
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

    async def task() -> Any:
        async with door(data, database) as api:
            return await api.ask("GET", "/api/v1/choices/table", params={"domain": domain})

    seen = run(task())
    if json:
        tell_json(seen)
        return
    table = Table("agent", "chance", "why")
    for one in seen["agents"]:
        table.add_row(one["agent"], f"{one['probability']:.1%}", one["reason"])
    console = Console(highlight=False)
    console.print(f"{seen['policy']} in {seen['domain']!r}, after {seen['settled']} settled conversations")
    console.print(table)


COMMANDS = (what_if_route, table_route)
