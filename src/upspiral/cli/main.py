"""The commands, and how each of them fails."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import typer
from typer.core import TyperGroup

from upspiral import __version__
from upspiral.cli.commands import (
    agents,
    data,
    demo,
    doctor,
    keys,
    metrics,
    nights,
    raters,
    route,
    schedules,
    serve,
    show,
)
from upspiral.cli.door import check_variables
from upspiral.cli.terminal import say_error, say_line
from upspiral.errors import (
    ConfigError,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    Unauthorized,
    UpspiralError,
)


class Commands(TyperGroup):
    """All commands; ``--version`` is answered before options are read, which takes many imports."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Answer ``--version``, or read the options."""
        if args[:1] == ["--version"]:
            typer.echo(f"upspiral {__version__}")
            ctx.exit()
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=Commands,
    name="upspiral",
    help="LLM applications and agents that get better every night, and never worse.",
    epilog="Exit codes: 0 done · 1 failed inside · 2 wrong usage or input · 3 not found · 4 in conflict"
    " · 130 Ctrl-C.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: it needs no second of imports
    context_settings={"help_option_names": ["-h", "--help"]},
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

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def told(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command tell its errors in words and end with the documented exit code."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        os.umask(0o077)  # what we write is for its owner only
        try:
            check_variables(os.environ)
            return command(*args, **kwargs)
        except UpspiralError as error:
            say_error(error.message, error.hint)
            sys.exit(next(code for kind, code in EXIT_CODES if isinstance(error, kind)))
        except KeyboardInterrupt:
            say_line("Stopped by Ctrl-C.", to_error=True)
            sys.exit(INTERRUPTED)

    return run


for group in (demo, serve, nights, data, show, raters, doctor):
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


@app.callback()
def root(
    _version: bool = typer.Option(False, "--version", help="Print the version and end."),
) -> None:
    """LLM applications and agents that get better every night, and never worse."""


if __name__ == "__main__":
    app()
