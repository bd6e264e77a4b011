"""Run a night, or one part of it."""

from pathlib import Path
from typing import Annotated, Any

import anyio
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from upspiral.cli.door import Door, door, run
from upspiral.cli.options import AgentName, Data, Database, Json
from upspiral.cli.tell import tell_comparison, tell_json, tell_night
from upspiral.errors import Conflict, TrainingError

Force = Annotated[bool, typer.Option("--force", help="Let the candidate out even if the gate refuses it.")]
Share = Annotated[float | None, typer.Option(help="Part of the conversations for the canary.")]
LOOK_EVERY_S = 0.5


def improve(
    agent: AgentName,
    force: Force = False,
    share: Share = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Run a night: find where the agent fails, teach, prove, and let out carefully."""
    body = {"agent": agent, "story": "improve", "forced": force, "share": share}
    run(_night(body, data, database, json))


def curate(agent: AgentName, data: Data = None, database: Database = None, json: Json = False) -> None:
    """Write what should have been said, as a dataset."""
    run(_night({"agent": agent, "story": "curate"}, data, database, json))


def train(
    agent: AgentName,
    dataset: Annotated[str | None, typer.Option(help="Which dataset; the newest by default.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Teach a dataset to the agent's model."""
    run(_night({"agent": agent, "story": "train", "dataset": dataset}, data, database, json))


def deploy(
    agent: AgentName,
    version: Annotated[str, typer.Argument(help="A version (support@3, or 3), or an adapter folder.")],
    share: Share = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Let a version out as a canary, past the gate; outcomes decide whether it stays."""
    body: dict[str, Any] = {"agent": agent, "story": "deploy", "share": share}
    is_folder = "/" in version or Path(version).is_dir()
    body |= {"adapter": str(Path(version).resolve())} if is_folder else {"version": version}
    run(_night(body, data, database, json))


def compare(
    agent: AgentName,
    candidate: Annotated[str, typer.Argument(help="A version: support@3, 3 or live.")],
    incumbent: Annotated[str, typer.Argument(help="The version to compare it with.")],
    dataset: Annotated[str | None, typer.Option(help="Whose held-out cases; the newest by default.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Let two versions answer the held-out cases and compare them."""

    async def task() -> None:
        async with door(data, database) as api:
            body = {"agent": agent, "candidate": candidate, "incumbent": incumbent, "dataset": dataset}
            report = await api.ask("POST", "/api/v1/evaluations", json=body)
        tell_json(report) if json else tell_comparison(report)

    run(task())


def rollback(
    agent: AgentName,
    reason: Annotated[str, typer.Option(help="Why; kept with the deployment.")] = "Taken back by hand.",
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Take back the running canary, or else the version promoted last."""

    async def task() -> None:
        async with door(data, database) as api:
            body = {"agent": agent, "reason": reason}
            deployment = await api.ask("POST", "/api/v1/deployments/rollback", json=body)
        if json:
            tell_json(deployment)
        else:
            Console().print(
                f"Taken back: deployment {deployment['id']}; the version before it answers again."
            )

    run(task())


def cancel(
    agent: AgentName,
    reason: Annotated[str, typer.Option(help="Why; kept with the night.")] = "Cancelled by hand.",
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """End an agent's night: its training stops, its canary is taken back, the live version stays."""

    async def task() -> dict[str, Any]:
        async with door(data, database) as api:
            nights = await api.ask("GET", "/api/v1/cycles", params={"agent": agent, "limit": 1000})
            running = [night for night in nights if not night["ended"]]
            if not running:
                raise Conflict(
                    f"No night of {agent!r} is under way.", hint="`upspiral history` lists the past ones."
                )
            path = f"/api/v1/cycles/{running[0]['id']}/cancel"
            ended: dict[str, Any] = await api.ask("POST", path, json={"reason": reason})
            return ended

    ended = run(task())
    if json:
        tell_json(ended)
    else:
        Console().print(f"The night {ended['id']} of {ended['agent']} is cancelled; the live version stays.")


async def _night(body: dict[str, Any], data: Path | None, database: str | None, as_json: bool) -> None:
    async with door(data, database) as api:
        cycle = await api.ask("POST", "/api/v1/cycles", json=body)
        seen = await _follow(api, cycle["id"], quiet=as_json)
    tell_json(seen) if as_json else tell_night(seen)
    if seen["cycle"]["ending"] == "failed":
        raise TrainingError(seen["cycle"]["reason"], hint="The live version is untouched.")


async def _follow(api: Door, cycle: str, *, quiet: bool) -> dict[str, Any]:
    """Show a night's steps until it ends; a canary without a running server is left to the next server."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as progress:
        task = progress.add_task("starting")
        while True:
            seen: dict[str, Any] = await api.ask("GET", f"/api/v1/cycles/{cycle}")
            steps = [
                event["step"].replace("_", " ") for event in seen["events"] if event["what"] == "started"
            ]
            job = seen["job"] or {}
            so_far = (
                f" ({job['step']} of {job['total_steps']} steps)" if job.get("state") == "running" else ""
            )
            progress.update(task, description=(steps[-1] if steps else "starting") + so_far)
            waiting = seen["deployment"] and seen["deployment"]["state"] == "canary" and not api.served
            if seen["cycle"]["ended"] or waiting:
                return seen
            await anyio.sleep(LOOK_EVERY_S)


COMMANDS = (improve, curate, train, compare, deploy, rollback, cancel)
