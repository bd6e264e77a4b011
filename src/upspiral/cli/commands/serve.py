"""Run the server."""

import ipaddress
import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from upspiral.cli.door import RECORD
from upspiral.cli.options import Data, Database
from upspiral.cli.terminal import say_line
from upspiral.errors import ConfigError, Conflict

if TYPE_CHECKING:
    from upspiral.app import Upspiral
    from upspiral.config import Settings

SERVER_LOG = "server.log"


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8080,
    log_level: Annotated[
        str | None, typer.Option(help="DEBUG, INFO (a line for each request), WARNING or ERROR.")
    ] = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Serve the gateway, the REST API and the nights; what happens stands in DATA/logs/server.log."""
    import uvicorn

    from upspiral.config import load
    from upspiral.config_sources import notices
    from upspiral.server.access_log import with_access_log
    from upspiral.server.app import create_app

    settings = load(data=data, database_url=database, log_level=log_level)
    logs = settings.data / "logs"
    if not _is_loopback(host):
        _check_open(host, settings)
    with _bound(host, port) as listener, _opened(settings, logs) as spiral:
        url = f"http://{host}:{listener.getsockname()[1]}"
        record = settings.data / RECORD
        _write(record, url)
        for notice in notices(settings, os.environ, folder=settings.data):
            say_line(notice, to_error=True)
        say_line(f"Upspiral serves at {url} from {settings.data.resolve()} (Ctrl-C stops it)")
        say_line(f"Log: {(logs / SERVER_LOG).resolve()}")
        if spiral.first_key:
            say_line(f"Your key, shown this once (it is kept in {settings.data / 'key'}): {spiral.first_key}")
        try:
            with _recurring(spiral):
                program = with_access_log(create_app(spiral))
                config = uvicorn.Config(program, log_config=None, access_log=False, lifespan="on")
                server = uvicorn.Server(config)
                server.run(sockets=[listener])
        finally:
            record.unlink(missing_ok=True)


def _opened(settings: "Settings", logs: Path) -> "Upspiral":
    """Make the app of a server, which writes a log of its own and one for each night."""
    from upspiral.app import Upspiral
    from upspiral.cycle.night_log import NightLog
    from upspiral.logs import configure

    configure(level=settings.log_level, file=logs / SERVER_LOG)
    return Upspiral(settings, listeners=(NightLog(logs),))


@contextmanager
def _recurring(spiral: "Upspiral") -> Iterator[None]:
    """Do beside the server what comes again and again."""
    from upspiral.cycle.schedule import LOOK_EVERY_S, Recurring

    with ExitStack() as running:
        running.enter_context(Recurring("early feedback", spiral.join_early, every_s=1))
        running.enter_context(Recurring("trust", spiral.reputations.keep, every_s=1))
        running.enter_context(Recurring("routing", spiral.runtime.routers.follow, every_s=1))
        if spiral.settings.cycle.nightly:
            running.enter_context(Recurring("nightfall", spiral.begin_due, every_s=LOOK_EVERY_S))
        yield


def _check_open(host: str, settings: "Settings") -> None:
    """See that a server on the network knows its name and already has keys."""
    from upspiral.upkeep import has_keys

    if not settings.server.hosts:
        raise ConfigError(
            f"Listening on {host} needs the name under which the server is addressed.",
            hint='Set UPSPIRAL_SERVER_HOSTS=["upspiral.example.org"]; ["*"] behind a proxy that checks it.',
        )
    if not has_keys(settings):
        raise ConfigError(
            f"Listening on {host} would let the network in before there is a key.",
            hint="Make one first: `upspiral keys create --name NAME --scopes admin`.",
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bound(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)  # who comes early waits instead of being refused
    except OSError as error:
        listener.close()
        raise Conflict(
            f"Port {port} of {host} cannot be used: {error.strerror}.", hint="Choose another with --port."
        ) from error
    return listener


def _write(record: Path, url: str) -> None:
    half = record.with_suffix(".half")
    half.write_text(json.dumps({"url": url, "pid": os.getpid()}))
    half.replace(record)


COMMANDS = (serve,)
