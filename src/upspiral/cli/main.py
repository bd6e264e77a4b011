"""The commands, and how each of them fails."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import typer
from rich.console import Console

from upspiral import __version__
from upspiral.cli import (
    agents,
    data,
    demo,
    doctor,
    importing,
    keys,
    metrics,
    nights,
    raters,
    route,
    schedules,
    serve,
    show,
)
from upspiral.errors import (
    ConfigError,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    Unauthorized,
    UpspiralError,
)

app = typer.Typer(
    name="upspiral",
    help="LLM applications and agents that get better every night, and never worse.",
    epilog="Exit codes: 0 done · 1 failed inside · 2 wrong usage or input · 3 not found · 4 in conflict.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
EXIT_CODES: tuple[tuple[type[UpspiralError], int], ...] = (
    (NotFound, 3),
    (Conflict, 4),
    (InvalidInput, 2),
    (ConfigError, 2),
    (Unauthorized, 2),
    (Forbidden, 2),
    (UpspiralError, 1),
)


def told(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command tell its errors in words and end with the documented exit code."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        os.umask(0o077)  # what we write is for its owner only
        try:
            return command(*args, **kwargs)
        except UpspiralError as error:
            console = Console(stderr=True, highlight=False)
            console.print(f"[bold red]Error:[/] {error.message}", soft_wrap=True)
            if error.hint:
                console.print(f"[dim]→[/] {error.hint}", soft_wrap=True)
            sys.exit(next(code for kind, code in EXIT_CODES if isinstance(error, kind)))

    return run


for group in (demo, serve, nights, importing, data, show, raters, doctor):
    for command in group.COMMANDS:
        app.command(command.__name__.removesuffix("_").replace("_", "-"))(told(command))
agents_app = typer.Typer(help="Make, list and revise agents.", no_args_is_help=True)
for command in agents.COMMANDS:
    agents_app.command(command.__name__.removesuffix("_agents").removesuffix("_agent"))(told(command))
app.add_typer(agents_app, name="agents")
keys_app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)
for command in keys.COMMANDS:
    keys_app.command(command.__name__.removesuffix("_keys").removesuffix("_key"))(told(command))
app.add_typer(keys_app, name="keys")
route_app = typer.Typer(help="Who is chosen, why, and what another policy would do.", no_args_is_help=True)
for command in route.COMMANDS:
    route_app.command(command.__name__.removesuffix("_route").replace("_", "-"))(told(command))
app.add_typer(route_app, name="route")
schedules_app = typer.Typer(help="What recurs: when, and what came of it.", no_args_is_help=True)
for command in schedules.COMMANDS:
    schedules_app.command(command.__name__.removesuffix("_schedules").removesuffix("_schedule"))(
        told(command)
    )
app.add_typer(schedules_app, name="schedules")
metrics_app = typer.Typer(help="Who fails, at what, and why.", no_args_is_help=True)
for command in metrics.COMMANDS:
    metrics_app.command(command.__name__.removesuffix("_metrics"))(told(command))
app.add_typer(metrics_app, name="metrics")
db_app = typer.Typer(help="The database.", no_args_is_help=True)
db_app.command("upgrade")(told(data.upgrade))
db_app.command("recount")(told(data.recount))
app.add_typer(db_app, name="db")


@app.callback(invoke_without_command=True)
def root(
    version: bool = typer.Option(False, "--version", help="Print the version and end."),
) -> None:
    """LLM applications and agents that get better every night, and never worse."""
    if version:
        typer.echo(f"upspiral {__version__}")
        raise typer.Exit


if __name__ == "__main__":
    app()
