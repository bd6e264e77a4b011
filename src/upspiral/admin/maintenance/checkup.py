"""What does a store say of the health of its installation? It is only read."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from upspiral import capture
from upspiral.admin.keys import ApiKeys, create_bootstrap_key
from upspiral.config import Settings
from upspiral.domain import LOCAL_HOST, Cycle
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.domain.schedule import Schedule
from upspiral.errors import Unauthorized
from upspiral.runtime import utc_now
from upspiral.store import Store

KEY_FILE = "key"
MAX_WAITING = 10_000
"""Early signals that are counted at most."""


class ModelEndpoint(NamedTuple):
    """Where a model of an agent is asked."""

    agent: str
    role: str
    """What it does there: `model` or `teacher`."""
    model: str
    url: str


@contextmanager
def open_current(settings: Settings) -> Iterator[Store | None]:
    """Open a store whose schema is the newest; None where there is none, or it has another schema."""
    is_there = settings.database_url is not None or Path(settings.store_url).exists()
    if not is_there:
        yield None
        return
    with Store(settings.store_url) as store:
        yield store if store.revision() == store.newest() else None


def list_endpoints(settings: Settings) -> list[ModelEndpoint]:
    """Give where the live models and the teachers of all agents are asked, hosts of this machine left out."""
    found = []
    with open_current(settings) as store:
        if store is None:
            return []
        for workspace in store.workspaces.all():
            for agent in store.agents.all(workspace.id):
                live = store.agent_versions.get(workspace.id, agent.live).model
                for role, ident in (("model", live), ("teacher", agent.teacher)):
                    version = store.model_versions.find(workspace.id, ident) if ident else None
                    if version and version.host != LOCAL_HOST and version.url:
                        found.append(ModelEndpoint(agent.id, role, version.name, version.url))
    return found


def count_unjoined_feedback(settings: Settings) -> int:
    """Count the signals that still wait although their Interaction has come."""
    with open_current(settings) as store:
        return len(store.early_feedback.list_arrived(MAX_WAITING)) if store else 0


def join_feedback(settings: Settings) -> int:
    """Join them; give how many."""
    with open_current(settings) as store:
        return capture.join_early(store, settings=settings.capture, now=utc_now()) if store else 0


def find_newest_record(settings: Settings) -> datetime | None:
    """Say when the newest Interaction was made; None where there is none."""
    with open_current(settings) as store:
        return store.interactions.newest_at() if store else None


def list_unfinished_nights(settings: Settings) -> tuple[list[Cycle], list[datetime]]:
    """Give the nights that have not ended, and when each process that runs nights last said that it lives."""
    with open_current(settings) as store:
        if store is None:
            return [], []
        return store.cycles.list_unfinished(), list(store.executors.last_seen().values())


def list_last_runs(settings: Settings) -> list[Schedule]:
    """Give when each schedule of the default workspace was last done, and what came of it."""
    with open_current(settings) as store:
        return store.schedules.list_rows(DEFAULT_WORKSPACE) if store else []


def doubt_key(settings: Settings) -> str | None:
    """Say in words why the key of the data folder opens nothing; None where it does, or nothing is there."""
    file = settings.data / KEY_FILE
    with open_current(settings) as store:
        if store is None:
            return None
        if not file.exists():
            return f"{file} is missing"
        try:
            ApiKeys(store).principal(file.read_text().strip())
        except Unauthorized:
            return f"the key in {file} is not known, or was revoked"
    return None


def renew_key(settings: Settings) -> None:
    """Put a new key of the local commands in the place of the one that opens nothing."""
    with open_current(settings) as store:
        if store is not None:
            (settings.data / KEY_FILE).unlink(missing_ok=True)
            create_bootstrap_key(store, settings.data, now=utc_now())
