"""How is a database looked after while no app is open on it? Its schema, its counts, its keys."""

from collections import Counter
from collections.abc import Iterable

from upspiral import capture
from upspiral.admin.keys import create_bootstrap_key
from upspiral.capture import Recount
from upspiral.capture.otlp.metadata import NOT_CAPTURED, UNREAD
from upspiral.config import Settings
from upspiral.cycle.jobs import Recurring
from upspiral.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from upspiral.domain.model import RefusalRecord
from upspiral.runtime import Runtime, utc_now
from upspiral.store import Store


def upgrade_database(settings: Settings) -> tuple[str | None, str | None]:
    """Bring the database to the newest schema, and make a first key; give the revisions before and after."""
    with Store(settings.store_url) as store:
        before, now = store.revision(), utc_now()
        migrate(store)
        store.workspaces.ensure(DEFAULT_WORKSPACE, now)
        create_bootstrap_key(store, settings.data, now=now)
        return before, store.revision()


def migrate(store: Store) -> None:
    """Bring a store to the newest schema, and count what happened before there were counts that are right."""
    store.upgrade()
    capture.recount_missing(store)
    capture.recount_broken(store)


def recount_database(settings: Settings) -> dict[WorkspaceId, Recount]:
    """Recount what happened in every workspace."""
    with Store(settings.store_url) as store:
        return {one.id: capture.recount(store, one.id) for one in store.workspaces.all()}


def find_damage(settings: Settings) -> list[str]:
    """Say in words what of the store is damaged or cannot be read; reads all of it."""
    with Store(settings.store_url) as store:
        found = store.find_damage()
        unreadable = store.count_unreadable() if store.revision() == store.newest() else {}
    return [*found, *(f"{count} rows of {table} cannot be read" for table, count in unreadable.items())]


NEWEST = 500
"""Interactions and Spans of each workspace in which senders are looked for that tell nothing."""


def find_silent_senders(settings: Settings) -> dict[str, int]:
    """Count the newest traced model calls that tell nothing of what was said, by their instrument.

    They were answered with 200 and nothing can be learned from them.
    """
    silent: Counter[str] = Counter()
    with Store(settings.store_url) as store:
        if store.revision() != store.newest():
            return {}
        for one in store.workspaces.all():
            calls = [call.metadata for call in store.interactions.latest(one.id, limit=NEWEST)]
            steps = [span.attributes for span in store.spans.latest(one.id, NEWEST)]
            told = [noted for noted in calls if NOT_CAPTURED.items() <= noted.items()]
            told += [noted for noted in steps if UNREAD in noted]
            silent.update(noted.get("otel.scope", "an unnamed instrument") for noted in told)
    return dict(silent)


def list_refusals(settings: Settings) -> list[RefusalRecord]:
    """List what models have refused, the latest last; nothing of a database that is not up to date."""
    with Store(settings.store_url) as store:
        known = store.model_refusals.select() if store.revision() == store.newest() else []
    return sorted(known, key=lambda one: one.at)


def database_revisions(settings: Settings) -> tuple[str | None, str | None]:
    """Give the schema revision of the database, and the newest there is."""
    with Store(settings.store_url) as store:
        return store.revision(), store.newest()


def check_readable(runtime: Runtime, workspace: WorkspaceId) -> None:
    """See that the store can be read.

    Raises:
        StoreError: It cannot.
    """
    runtime.store.agents.generation(workspace)


def check_after_crash(runtime: Runtime) -> None:
    """Look for damage where the process before did not close the database; `find_problems` tells it."""
    if runtime.store.database.ended_uncleanly:
        runtime.store.find_damage()


def find_problems(runtime: Runtime, recurring: Iterable[Recurring]) -> list[str]:
    """Say in words what is wrong with a running installation; empty where all is well.

    Reads nothing from the store: what was noticed while it was used is reported.

    Args:
        runtime: The parts.
        recurring: What is done beside answering.
    """
    database = runtime.store.database
    rows = sum(len(keys) for keys in database.unreadable.values())
    unreadable = f"{rows} rows of the store cannot be read and were left out; see the log." if rows else None
    found = [runtime.disk.problem(), unreadable, *(one.problem() for one in recurring)]
    return [*(f"The store is damaged: {one}." for one in database.damage), *filter(None, found)]


def has_keys(settings: Settings) -> bool:
    """Say whether the store knows any key that is not revoked."""
    with Store(settings.store_url) as store:
        if store.revision() != store.newest():
            return False
        return any(not key.revoked for w in store.workspaces.all() for key in store.keys.of(w.id))
