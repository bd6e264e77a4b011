"""How is a database looked after while no app is open on it? Its schema, its counts, its keys."""

from upspiral import capture
from upspiral.capture import Recount
from upspiral.config import Settings
from upspiral.domain.ids import WorkspaceId
from upspiral.store import Store


def upgrade_database(settings: Settings) -> tuple[str | None, str | None]:
    """Bring the database to the newest schema; give the revisions before and after."""
    with Store(settings.store_url) as store:
        before = store.revision()
        bring_up(store)
        return before, store.revision()


def bring_up(store: Store) -> None:
    """Bring a store to the newest schema, and count what happened before there were counts."""
    store.upgrade()
    capture.recount_missing(store)


def recount_database(settings: Settings) -> dict[WorkspaceId, Recount]:
    """Count anew what happened in every workspace."""
    with Store(settings.store_url) as store:
        return {one.id: capture.recount(store, one.id) for one in store.workspaces.all()}


def database_revisions(settings: Settings) -> tuple[str | None, str | None]:
    """Give the schema revision of the database, and the newest there is."""
    with Store(settings.store_url) as store:
        return store.revision(), store.newest()


def has_keys(settings: Settings) -> bool:
    """Say whether the store knows any key that is not revoked."""
    with Store(settings.store_url) as store:
        if store.revision() != store.newest():
            return False
        return any(not key.revoked for w in store.workspaces.all() for key in store.keys.of(w.id))
