"""Run the server: all in one, or its API and its nights as processes of their own; and open its console."""

import ctypes
import gc
import importlib
import ipaddress
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from upspiral.cli.api import door, run
from upspiral.cli.options import Data, Database
from upspiral.cli.terminal import say_line
from upspiral.cli.trust import write_record
from upspiral.errors import ConfigError, Conflict, Unauthorized

FIRST_USE = (
    *("scipy.special", "scipy.stats", "phonenumbers"),
    *("upspiral.providers.outbound", "upspiral.capture.otlp.salvage", "genai_prices"),
)
"""Modules that no command needs: routing, redaction, prices, calls of models and traces import them."""
NEW_OBJECTS = 10_000
"""After so many new objects the garbage collector of a server looks at them."""
REFRESH_TRUST_S = 3
"""Sooner than the posteriors are too old to be shown. Whoever asks counts what is new by himself; it is the
two hundred newest answers of each agent that are looked at each time."""
SERVER_LOG = "server.log"
M_ARENA_MAX = -8
"""The number of the option in glibc's malloc.h."""

if TYPE_CHECKING:
    import uvicorn

    from upspiral.app import App
    from upspiral.config import Settings


Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")]
LogLevel = Annotated[
    str | None, typer.Option(help="DEBUG, INFO (a line for each request), WARNING or ERROR.")
]


class Role(NamedTuple):
    """What a process does of what a server does."""

    words: str
    """How it says so."""
    log: str
    """The name of its log."""
    service: str = "upspiral"
    """By which name traces know it."""
    answers: bool = True
    """Does it serve the gateway and the REST API? Every role answers /health and /metrics."""
    nights: bool = True
    shared: bool = True
    """Do others share the database, and perhaps the data folder?"""


ALL = Role("serves", SERVER_LOG, shared=False)
API = Role("serves the gateway and the API", "api.log", "upspiral-api", nights=False)
WORKER = Role("runs nights; it answers /health and /metrics", "worker.log", "upspiral-worker", answers=False)


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8080,
    log_level: LogLevel = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Serve the gateway, the REST API and the nights; what happens stands in DATA/logs/server.log."""
    _run(ALL, host, port, _load(data, database, log_level))


def api(
    host: Host = "127.0.0.1",
    port: Port = 8080,
    log_level: LogLevel = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Serve the gateway and the REST API of a PostgreSQL; `upspiral worker` runs the nights."""
    _run(API, host, port, _load(data, database, log_level))


def worker(
    host: Host = "127.0.0.1",
    port: Port = 8081,
    log_level: LogLevel = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Run the nights of a PostgreSQL, as one of any number; answers /health and /metrics alone."""
    _run(WORKER, host, port, _load(data, database, log_level))


def _load(data: Path | None, database: str | None, log_level: str | None) -> "Settings":
    from upspiral.config import load

    return load(data=data, database_url=database, log_level=log_level)


def _run(role: Role, host: str, port: int, settings: "Settings") -> None:
    """Run a process in its role until it is stopped.

    Raises:
        ConfigError: The role needs PostgreSQL, or the server may not be reached at that address yet.
        Conflict: The port, or the data folder, is another process's.
    """
    import uvicorn

    from upspiral.config_sources import notices
    from upspiral.plugin_kinds import load_installed
    from upspiral.tracing.export import export_spans

    _share_arenas()
    logs = settings.data / "logs"
    if role.shared:
        _check_shared(settings)
    if not _is_loopback(host):
        _check_open(host, settings)
    with (
        _bind(host, port) as listener,
        export_spans(settings.traces, service=role.service),
        _open(role, settings, logs) as app,
        ExitStack() as running,
    ):
        server = uvicorn.Server(_configure(app, answers=role.answers))  # before anybody is told where it is
        number = listener.getsockname()[1]
        if not role.shared:
            record = write_record(settings.data, _url(_local_address(host), number))
            running.callback(record.unlink, missing_ok=True)
        for notice in notices(settings, os.environ, folder=settings.data):
            say_line(notice, to_error=True)
        for failure in load_installed():
            say_line(str(failure), to_error=True)
        say_line(
            f"Upspiral {role.words} at {_url(host, number)} from {settings.data.resolve()} (Ctrl-C stops it)"
        )
        say_line(f"Log: {(logs / role.log).resolve()}")
        if app.first_key:
            say_line(_tell_key(app.first_key, settings.data / "key", terminal=sys.stdout.isatty()))
        if role.answers:
            say_line(_tell_console(app, _url(_local_address(host), number), terminal=sys.stdout.isatty()))
        Thread(target=import_ahead, name="imports", daemon=True).start()
        running.enter_context(_run_recurring(app, nights=role.nights))
        server.run(sockets=[listener])


def _check_shared(settings: "Settings") -> None:
    """See that several processes may use the database.

    Raises:
        ConfigError: It is a file, which one process owns.
    """
    if not (settings.database_url or "").startswith("postgresql"):
        raise ConfigError(
            "Processes for the API and for the nights share a PostgreSQL, and none is named.",
            hint="Set UPSPIRAL_DATABASE_URL=postgresql://...; on SQLite `upspiral serve` does both.",
        )


def import_ahead() -> None:
    """Import what first requests would import, so that none of them waits for it."""
    for name in FIRST_USE:
        importlib.import_module(name)
    _collect_garbage_less()


def _collect_garbage_less() -> None:
    """Let the collector pass over what is imported, and look at new objects less often.

    A batch of spans makes thousands of objects, all of which live until they are written: looking at them
    after every 700, as Python does by itself, frees nothing and takes about a twentieth of a batch's CPU.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


def _share_arenas() -> None:
    """Let threads share two pools of memory; with one each, glibc keeps in each what was once used there."""
    with suppress(OSError, AttributeError):  # not on glibc
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def _configure(app: "App", *, answers: bool) -> "uvicorn.Config":
    from upspiral.server.app import create_app
    from upspiral.server.limits.connections import ConnectionLimits, configure
    from upspiral.server.observability.access_log import with_access_log, with_request_spans
    from upspiral.telemetry import Telemetry

    server, telemetry = app.settings.server, Telemetry(app.runtime, app.recurring)
    limits = ConnectionLimits(
        server.max_connections,
        int(server.max_header_kb * 1000),
        server.header_timeout_s,
        server.body_timeout_s,
    )
    told = with_request_spans(create_app(app, telemetry, answers=answers))
    logged = with_access_log(told, telemetry.observe_request)
    return configure(logged, limits, idle_s=server.idle_timeout_s)


def _open(role: Role, settings: "Settings", logs: Path) -> "App":
    """Make the app of a server, which writes a log of its own."""
    from upspiral.app import App
    from upspiral.logs import LogLimits, configure

    limits = LogLimits(int(settings.log_max_mb * 1e6), settings.log_files)
    configure(level=settings.log_level, file=logs / role.log, limits=limits)
    return App(settings, nights=role.nights, shared=role.shared)


@contextmanager
def _run_recurring(app: "App", *, nights: bool) -> Iterator[None]:
    """Do beside the server what comes again and again."""
    from upspiral.admin.database import check_after_crash
    from upspiral.cycle.jobs import LOOK_EVERY_S, Recurring
    from upspiral.cycle.notifications.outbox import NotificationOutbox

    with ExitStack() as running:
        work = [
            Recurring("early feedback", app.join_early, every_s=1),
            Recurring("trust", app.runtime.projections.refresh_trust, every_s=REFRESH_TRUST_S),
            Recurring("search", app.runtime.projections.refresh_search, every_s=1),
            Recurring("routing", app.runtime.routers.refresh, every_s=1),
        ]
        if nights and app.settings.cycle.nightly:
            work.append(Recurring("nightfall", app.begin_due, every_s=LOOK_EVERY_S))
        work.append(
            Recurring("notifications", running.enter_context(NotificationOutbox(app.runtime)).work, every_s=1)
        )
        for one in work:
            running.enter_context(one)
        app.recurring += work
        Thread(target=check_after_crash, args=(app.runtime,), name="check of the file", daemon=True).start()
        yield


def _tell_key(key: str, file: Path, *, terminal: bool) -> str:
    """Show the new key to a person; what is no terminal may be a log, which must hold no key.

    >>> _tell_key("ups_x", Path("data/key"), terminal=False)
    'Your key is kept in data/key.'
    """
    if not terminal:
        return f"Your key is kept in {file}."
    return f"Your key, shown this once (it is kept in {file}): {key}"


def _tell_console(app: "App", url: str, *, terminal: bool) -> str:
    """Show a person a link that signs a browser in, once; anything but a terminal may be a log."""
    from upspiral.admin.keys import open_keyring
    from upspiral.admin.people.sessions import make_sign_in_link
    from upspiral.cli.trust import folder_key

    with suppress(Unauthorized):  # the key of the folder may have been revoked
        if terminal:
            principal = open_keyring(app.runtime).principal(folder_key(app.settings.data) or "")
            link = make_sign_in_link(app.runtime, principal)
            return f"Console: {url}{link.path} (signs one browser in, once, within 15 minutes)"
    return f"Console: {url}/ (`upspiral console` signs you in)"


def _check_open(host: str, settings: "Settings") -> None:
    """See that a server on the network knows its name and already has keys."""
    from upspiral.admin.database import has_keys

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


def _url(host: str, port: int) -> str:
    """Write an address; IPv6 stands in brackets.

    >>> _url("::1", 80)
    'http://[::1]:80'
    """
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _local_address(host: str) -> str:
    """Say where commands on this machine reach a server; one that listens everywhere also by loopback.

    >>> _local_address("0.0.0.0"), _local_address("::"), _local_address("10.0.0.5")
    ('127.0.0.1', '::1', '10.0.0.5')
    """
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


def _bind(host: str, port: int) -> socket.socket:
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


def console(data: Data = None, database: Database = None) -> None:
    """Print a link to the console that signs one browser in, once, within 15 minutes."""

    async def task() -> str:
        async with door(data, database) as api:
            if not api.served:
                raise Conflict("No server runs on this data folder.", hint="Start it with `upspiral serve`.")
            made = await api.ask("POST", "/api/v1/sign-in-links")
            return f"{api.url}{made['path']}"

    say_line(run(task()))


COMMANDS = (serve, api, worker, console)
