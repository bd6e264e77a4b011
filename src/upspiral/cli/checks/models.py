"""Can every agent answer and be taught, and is each of their models reached?"""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from upspiral.cli.api import request_list
from upspiral.cli.checks.finding import Finding, Installation
from upspiral.errors import UpspiralError

CONNECT_TIMEOUT_S = 5.0
PORTS = {"http": 80, "https": 443}


def check_agents(place: Installation) -> Iterator[Finding]:
    """Say what every agent lacks; one whose nights cannot teach it is reported, but not broken."""
    if place.database is None and not place.has_database:
        return
    try:
        found = request_list("/api/v1/agents", place.folder, place.database)
    except UpspiralError as error:
        yield Finding("agents", False, str(error), error.hint or "")
        return
    for agent in found:
        detail = " ".join(agent["warnings"]) or "answers and can be taught"
        remedy = f"do what it says, or `upspiral agents edit {agent['id']}`"
        yield Finding(f"agent {agent['id']}", agent["can_answer"], detail, remedy)


def check_hosts(place: Installation) -> Iterator[Finding]:
    """Say which models' endpoints cannot be reached from here; nothing is asked of them."""
    yield from _check_role(place, "model")


def check_teachers(place: Installation) -> Iterator[Finding]:
    """Say the same of the teachers."""
    yield from _check_role(place, "teacher")


def _check_role(place: Installation, role: str) -> Iterator[Finding]:
    from upspiral.admin.maintenance.checkup import list_endpoints

    found = [one for one in list_endpoints(place.settings) if one.role == role]
    for url in dict.fromkeys(one.url for one in found):
        agents = ", ".join(one.agent for one in found if one.url == url)
        trouble = try_connection(url)
        detail = f"{url} of {agents}: {trouble or 'reached'}"
        remedy = "start it, or see the address, the proxy and the firewall"
        yield Finding("host" if role == "model" else role, trouble is None, detail, remedy)


def try_connection(url: str) -> str | None:
    """Say in words why an endpoint cannot be reached; None where it can.

    >>> try_connection("http://127.0.0.1:1")
    'Connection refused'
    """
    parts = urlsplit(url)
    try:
        address = (parts.hostname or "", parts.port or PORTS.get(parts.scheme, 80))
        socket.create_connection(address, timeout=CONNECT_TIMEOUT_S).close()
    except OSError as error:
        return error.strerror or "no answer within 5 s"
    except ValueError as error:
        return str(error)
    return None


def check_refusals(place: Installation) -> Iterator[Finding]:
    """Say what models have refused, and how they are asked since."""
    from upspiral.admin.database import list_refusals

    if not place.has_database:
        return
    try:
        found = list_refusals(place.settings)
    except UpspiralError as error:
        yield Finding("models", False, str(error))
        return
    for one in found:
        detail = f"asked at {one.url} {' and '.join(map(str, one.changes))}"
        yield Finding(f"model {one.model}", True, detail)
