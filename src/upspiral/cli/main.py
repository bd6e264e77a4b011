"""The commands, and how each of them fails."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import typer
from typer.core import TyperGroup

from upspiral.cli import label, migrate
from upspiral.cli.api import check_variables
from upspiral.cli.commands import (
    agents,
    config,
    data,
    demo,
    interactions,
    keys,
    metrics,
    nights,
    raters,
    route,
    schedules,
    serve,
    show,
    workspace,
)
from upspiral.cli.commands.connections import mcp, webhooks
from upspiral.cli.commands.delivery import prompts
from upspiral.cli.commands.learned import approve, memory
from upspiral.cli.commands.maintenance import backup, database, doctor
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
from upspiral.version import __version__


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

INTERRUPTED_EXIT_CODE = 130
"""Exit code after Ctrl-C, as shells have it."""


def report_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command tell its errors in words and end with the documented exit code."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        from upspiral.logs import configure

        os.umask(0o077)  # what we write is for its owner only
        configure()
        try:
            check_variables(os.environ)
            return command(*args, **kwargs)
        except UpspiralError as error:
            say_error(error.message, error.hint)
            sys.exit(next(code for kind, code in EXIT_CODES if isinstance(error, kind)))
        except KeyboardInterrupt:
            say_line("Stopped by Ctrl-C.", to_error=True)
            sys.exit(INTERRUPTED_EXIT_CODE)

    return run


GROUPS: tuple[tuple[str, str, Any], ...] = (
    ("agents", "Make, show, change and delete agents.", agents),
    ("interactions", "What happened, one by one.", interactions),
    ("memory", "What agents remember: verified answers, shown where they are near.", memory),
    ("keys", "Make, list and revoke API keys.", keys),
    ("prompts", "Prompts for applications that ask their model themselves.", prompts),
    ("route", "Who is chosen, why, and what another policy would do.", route),
    ("schedules", "What recurs: when, and what came of it.", schedules),
    ("metrics", "Who fails, at what, and why.", metrics),
    ("webhooks", "Where notifications are sent: Slack, Discord, e-mail, any server.", webhooks),
    ("workspace", "Show and change a workspace.", workspace),
    ("config", "What is set, and where it was written.", config),
    ("db", "The database.", database),
)


def command_name(command: Callable[..., Any], group: str = "") -> str:
    """Give the word under which a function is a command: its name, without that of its group."""
    name = command.__name__.removesuffix("_").removesuffix(f"_{group}").removesuffix(f"_{group[:-1]}")
    return name.replace("_", "-")


for module in (demo, serve, nights, approve, label, migrate, data, show, raters, doctor, backup):
    for command in module.COMMANDS:
        app.command(command_name(command))(report_errors(command))
for command in (*interactions.TOP_LEVEL_COMMANDS, *prompts.TOP_LEVEL_COMMANDS, *mcp.TOP_LEVEL_COMMANDS):
    app.command(command_name(command))(report_errors(command))
for name, words, module in GROUPS:
    group = typer.Typer(help=words, no_args_is_help=True, rich_markup_mode=None)
    for command in module.COMMANDS:
        group.command(command_name(command, name))(report_errors(command))
    app.add_typer(group, name=name)


@app.callback()
def root(
    _version: bool = typer.Option(False, "--version", help="Print the version and end."),
) -> None:
    """LLM applications and agents that get better every night, and never worse."""


if __name__ == "__main__":
    app()
