"""Run a night, or one part of it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from upspiral.cli.api import Api, door, route, run
from upspiral.cli.options import AgentName, Data, Database, Json
from upspiral.cli.render import tell_comparison, tell_night
from upspiral.cli.spending import tell_night_spending, tell_outlook
from upspiral.cli.terminal import progress, say, say_json, say_line
from upspiral.errors import Conflict, TrainingError
from upspiral.formatting import number_of

Force = Annotated[bool, typer.Option("--force", help="Roll the candidate out even if the gate refuses it.")]
Share = Annotated[float | None, typer.Option(help="Part of the conversations for the canary.")]
Levers = Annotated[
    list[str] | None,
    typer.Option("--lever", help="Use this lever, such as examples, rules or adapter; may be repeated."),
]
LOOK_EVERY_S = 0.5


def improve(
    agent: AgentName,
    force: Force = False,
    share: Share = None,
    lever: Levers = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Run a night: find where the agent fails, mend it, prove it, and roll out carefully."""
    body = {"agent": agent, "story": "improve", "forced": force, "share": share, "levers": lever or []}
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
    """Roll a version out as a canary, past the gate; outcomes decide whether it stays."""
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
        say_json(report) if json else tell_comparison(report)

    run(task())


def rollback(
    agent: AgentName,
    reason: Annotated[str, typer.Option(help="Why; kept with the deployment.")] = "Rolled back by hand.",
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Roll back the running canary, or else the version promoted last."""

    async def task() -> None:
        async with door(data, database) as api:
            body = {"agent": agent, "reason": reason}
            deployment = await api.ask("POST", "/api/v1/deployments/rollback", json=body)
        if json:
            say_json(deployment)
        else:
            say("Rolled back: deployment {id}; the version before it answers again.", id=deployment["id"])

    run(task())


def cancel(
    agent: AgentName,
    reason: Annotated[str, typer.Option(help="Why; kept with the night.")] = "Cancelled by hand.",
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """End an agent's night: its training stops, its canary is rolled back, the live version stays."""

    async def task() -> dict[str, Any]:
        async with door(data, database) as api:
            nights = await api.ask_all("/api/v1/cycles", agent=agent, limit=1000)
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
        say_json(ended)
    else:
        say(
            "The night {id} of {agent} is cancelled; the live version stays.",
            id=ended["id"],
            agent=ended["agent"],
        )


async def _night(body: dict[str, Any], data: Path | None, database: str | None, as_json: bool) -> None:
    async with door(data, database, nights=True) as api:
        if not as_json:
            tell_outlook(await api.ask("GET", route("/api/v1/agents/{}/spending", body["agent"])))
            if body["story"] == "improve":
                proof = await api.ask("GET", route("/api/v1/agents/{}/proof", body["agent"]))
                say_line(proof["words"], to_error=True)
        cycle = await api.ask("POST", "/api/v1/cycles", json=body)
        if api.served and not as_json:
            say_line(
                "The server does it; Ctrl-C only ends this display. `upspiral status` shows how it stands.",
                to_error=True,
            )
        seen = await follow_night(api, cycle["id"], quiet=as_json)
    if as_json:
        say_json(seen)
    else:
        tell_night(seen)
        tell_night_spending(seen["spending"])
    if seen["cycle"]["ending"] == "failed":
        raise TrainingError(seen["cycle"]["reason"], hint="The live version is untouched.")


async def follow_night(api: Api, cycle: str, *, quiet: bool) -> dict[str, Any]:
    """Show a night's steps until it ends; a canary without a running server is left to the next server."""
    from anyio import sleep

    with progress(quiet=quiet) as show:
        while True:
            seen: dict[str, Any] = await api.ask("GET", route("/api/v1/cycles/{}", cycle))
            show(*_say_progress(seen))
            waiting = seen["deployment"] and seen["deployment"]["state"] == "canary" and not api.served
            if seen["cycle"]["ended"] or waiting:
                return seen
            await sleep(LOOK_EVERY_S)


def _say_progress(seen: dict[str, Any]) -> tuple[str, float | None, float | None]:
    """Say what a night waits for, how much of it is done and of how much.

    >>> _say_progress({"events": [], "job": None, "deployment": None})
    ('starting', None, None)
    """
    job, canary = seen["job"] or {}, seen["deployment"] or {}
    if canary.get("state") == "canary":
        return _canary_so_far(canary), None, None
    if job.get("state") == "running" and not seen["candidate"]:
        if not job["total_steps"]:
            return "training: the model is being loaded", None, None
        words = f"training: {job['step']} of {job['total_steps']} steps"
        return words, job["step"], job["total_steps"]
    steps = [event["step"].replace("_", " ") for event in seen["events"] if event["what"] == "started"]
    return (steps[-1] if steps else "starting"), None, None


def _canary_so_far(canary: dict[str, Any]) -> str:
    """Say how a canary stands, for one line.

    >>> _canary_so_far({"share": 0.1, "canary_n": 3, "canary_successes": 2, "reason": "Waiting for 17 more."})
    'canary: 10 % of the traffic, 3 labeled conversations, 2 good. Waiting for 17 more. May take days.'
    """
    settled = number_of(canary["canary_n"], "labeled conversation")
    words = (
        f"canary: {100 * canary['share']:g} % of the traffic, {settled}, {canary['canary_successes']} good."
    )
    return " ".join(part for part in (words, canary["reason"], "May take days.") if part)


COMMANDS = (improve, curate, train, compare, deploy, rollback, cancel)
