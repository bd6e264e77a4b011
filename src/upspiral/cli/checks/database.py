"""Is what is stored whole, up to date and looked after?"""

from collections.abc import Iterator
from datetime import UTC, datetime

from upspiral.cli.api import request, route
from upspiral.cli.checks.finding import Finding, Installation
from upspiral.errors import UpspiralError

FAILED = "It failed: "
"""How the last words of a schedule begin that failed."""
MAX_SHOWN = 3
"""Names that one line shows."""


def check_database(place: Installation) -> Iterator[Finding]:
    """Say whether the database can be read and has the newest schema."""
    from upspiral.admin.database import database_revisions, upgrade_database

    if not place.has_database:
        detail = f"none yet in {place.folder.absolute()}; `upspiral agents create` or `serve` makes it"
        yield Finding("database", True, detail)
        return
    try:
        found, newest = database_revisions(place.settings)
    except UpspiralError as error:
        yield Finding("database", False, f"{error} {error.detail}".strip(), error.hint or "See the log.")
        return

    def upgrade() -> str:
        before, now = upgrade_database(place.settings)
        return f"upgraded from {before} to {now}"

    is_newer = found is not None and newest is not None and found > newest
    remedy = "install the version that it was last opened with" if is_newer else "run `upspiral db upgrade`"
    detail = f"revision {found}, newest {newest}"
    yield Finding("database", found == newest, detail, remedy, None if is_newer else upgrade)


def check_rows(place: Installation) -> Iterator[Finding]:
    """Say whether the file is whole and every row can be read."""
    from upspiral.admin.database import find_damage

    if not place.has_database:
        yield Finding("rows", True, "none yet")
        return
    remedy = "stop the server and `upspiral restore` the newest backup into another folder"
    try:
        found = find_damage(place.settings)
    except UpspiralError as error:
        yield Finding("rows", False, str(error), remedy)
        return
    whole = "the file is whole and every row can be read"
    yield Finding("rows", not found, "; ".join(found) or whole, remedy)


def check_traces(place: Installation) -> Iterator[Finding]:
    """Name the instruments whose model calls are kept without a word of what was said."""
    from upspiral.admin.database import find_silent_senders

    if not place.has_database:
        yield Finding("traces", True, "none yet")
        return
    try:
        found = find_silent_senders(place.settings)
    except UpspiralError as error:
        yield Finding("traces", False, str(error))
        return
    if not found:
        yield Finding("traces", True, "every model call of late tells what was said")
        return
    told = ", ".join(f"{count} of {name}" for name, count in sorted(found.items()))
    remedy = "set OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true, or see docs/reference/otlp.md"
    yield Finding("traces", False, f"model calls without a word of what was said: {told}", remedy)


def check_feedback(place: Installation) -> Iterator[Finding]:
    """Say whether feedback that came before its answer was joined to it."""
    from upspiral.admin.maintenance.checkup import count_unjoined_feedback, join_feedback

    waiting = count_unjoined_feedback(place.settings)
    yield Finding(
        "feedback",
        not waiting,
        f"{waiting} signals wait though their answer has come" if waiting else "joined to its answers",
        "restart the server, which joins them every second",
        lambda: f"{join_feedback(place.settings)} signals were joined",
    )


def check_clock(place: Installation) -> Iterator[Finding]:
    """Say whether this machine's clock is behind what is recorded."""
    from upspiral.admin.maintenance.checkup import find_newest_record
    from upspiral.domain.schedule import SKEW

    newest, now = find_newest_record(place.settings), datetime.now(UTC)
    is_ahead = newest is not None and newest > now + SKEW
    detail = f"it is {now:%Y-%m-%d %H:%M} UTC"
    if is_ahead:
        detail += f", and the newest record is of {newest:%Y-%m-%d %H:%M}"
    remedy = "set the clock, here or at the sender, by NTP; nothing is purged while it is doubted"
    yield Finding("clock", not is_ahead, detail, remedy)


def check_schedules(place: Installation) -> Iterator[Finding]:
    """Name what recurs and failed when it was last done."""
    from upspiral.admin.maintenance.checkup import list_last_runs

    failed = [one for one in list_last_runs(place.settings) if one.said.startswith(FAILED)]
    if not failed:
        yield Finding("schedules", True, "none of them failed when it was last done")
    for one in failed:
        path = route("/api/v1/schedules/{}/run", one.name)

        def run_now(path: str = path) -> str:
            said: str = request("POST", path, place.folder, place.database)["said"]
            return said

        remedy = f"mend the cause, then `upspiral schedules run {one.name}`"
        yield Finding(f"schedule {one.name}", False, one.said, remedy, run_now)


def check_nights(place: Installation) -> Iterator[Finding]:
    """Name the nights that nobody runs."""
    from upspiral.admin.maintenance.checkup import list_unfinished_nights

    nights, seen = list_unfinished_nights(place.settings)
    now, lease_s = datetime.now(UTC), place.settings.cycle.lease_s
    lives = any((now - one).total_seconds() < lease_s for one in seen)
    if lives or not nights:
        yield Finding("nights", True, f"{len(nights)} under way" if nights else "none waits for a process")
        return
    names = ", ".join(f"{one.id} of {one.agent}" for one in nights[:MAX_SHOWN])
    detail = f"{len(nights)} have not ended and no process runs nights: {names}"
    yield Finding(
        "nights", False, detail, "start `upspiral serve` or `upspiral worker`: they go on by themselves"
    )


def check_keys(place: Installation) -> Iterator[Finding]:
    """Say whether the key of the data folder opens it."""
    from upspiral.admin.maintenance.checkup import doubt_key, renew_key

    def renew() -> str:
        renew_key(place.settings)
        return f"a new one lies in {place.settings.data / 'key'}"

    if not place.has_database:
        yield Finding("keys", True, "none yet")
        return
    doubt = doubt_key(place.settings)
    remedy = "`upspiral doctor keys --fix` makes a new one for the commands on this machine"
    yield Finding("keys", not doubt, doubt or "the key of the data folder opens it", remedy, renew)
