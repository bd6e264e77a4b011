"""May another model take an agent over? Both answer what went well before; a canary decides the rest."""

from typing import Annotated, Any

import typer

from upspiral.cli.api import door, route, run
from upspiral.cli.commands.nights import Share, follow_night
from upspiral.cli.options import AgentName, Data, Database, Json
from upspiral.cli.render import tell_night
from upspiral.cli.terminal import Markup, say, say_json, say_table
from upspiral.formatting import number_of

VERDICTS = {
    "not_worse": Markup("[green]not worse[/]"),
    "worse": Markup("[red]worse[/]"),
    "inconclusive": Markup("[yellow]inconclusive[/]"),
}


def migrate(
    agent: AgentName,
    to: Annotated[str, typer.Option(help="The other model: gpt-5.1, or openai-compatible:NAME.")],
    url: Annotated[str | None, typer.Option(help="Its base URL; by default that of the model now.")] = None,
    key_env: Annotated[str | None, typer.Option(help="Environment variable with its key.")] = None,
    cases: Annotated[int, typer.Option(help="At most so many of the newest good conversations.")] = 2_000,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Compare with recorded answers; ask the other model alone.")
    ] = False,
    no_levers: Annotated[
        bool, typer.Option("--no-levers", help="Try nothing that may make up for what it does worse.")
    ] = False,
    deploy: Annotated[
        bool, typer.Option("--deploy", help="Roll it out as a canary where it is not worse.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Roll it out whatever the verdict is; this is logged.")
    ] = False,
    share: Share = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Prove that another model is as good, overall and in every slice, before it takes over."""
    body = {
        "model": {"model": to, "url": url, "key_env": key_env},
        "cases": cases,
        "recorded": recorded,
        "levers": not no_levers,
        "deploy": deploy,
        "force": force,
        "share": share,
    }

    async def task() -> None:
        async with door(data, database, nights=deploy or force) as api:
            found = await api.ask("POST", route("/api/v1/agents/{}/migrations", agent), json=body)
            if not json:
                tell_migration(found)
            seen = await follow_night(api, found["night"], quiet=json) if found["night"] else None
        if json:
            say_json(found)
        elif seen:
            tell_night(seen)
        elif deploy:
            say("It was not rolled out. `--force` does it all the same, and is logged.")

    run(task())


def tell_migration(found: dict[str, Any]) -> None:
    """Tell what a comparison of two models proves."""
    verdict = found["verdict"]
    say(
        "[bold]{new}[/] in place of {old}: {verdict}",
        new=found["to_model"],
        old=found["from_model"],
        verdict=VERDICTS[verdict["outcome"]],
    )
    say("{reason}", reason=verdict["reason"])
    said = "its recorded answers" if found["recorded"] else "its answers of now"
    say("Compared on {cases} that went well, with {said}.",
        cases=number_of(found["pairs"], "conversation"), said=said)  # fmt: skip
    rows = [("before", found["from_model"], found["before"]), ("after", found["to_model"], found["after"])]
    lines = [(when, name, *_list_costs(one)) for when, name, one in rows if one]
    if lines:
        say_table(("", "model", "#$ per 1,000", "#median", "#95th percentile"), lines)
    for check in verdict["checks"]:
        mark = Markup("[green]yes[/]" if check["passed"] else "[red]no[/]")
        say("· {mark} {name}: {detail}", mark=mark, name=check["name"], detail=check["detail"])
    if found["without_levers"]:
        say("By itself it was worse: {reason}", reason=found["without_levers"]["reason"])
    for one in found["levers"]:
        said = VERDICTS[one["verdict"]["outcome"]] if one["verdict"] else Markup("[dim]no draft[/]")
        say("· with the lever {lever} {said}: {reason}", lever=one["lever"], said=said, reason=one["reason"])
    if found["ends"]:
        say("The provider switches {old} off on {day}.", old=found["from_model"], day=found["ends"])
    if found["forced"]:
        say("It is rolled out because you said so; this is logged.")


def _list_costs(one: dict[str, Any]) -> tuple[str, str, str]:
    usd = one["usd_per_1000"]
    times = (f"{one['median_ms'] / 1000:.2f} s", f"{one['p95_ms'] / 1000:.2f} s")
    return ("unknown" if usd is None else f"{usd:.2f}", *times)


COMMANDS = (migrate,)
