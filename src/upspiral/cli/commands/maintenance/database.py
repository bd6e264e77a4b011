"""Look after the database while no server needs it."""

from upspiral.cli.options import Data, Database
from upspiral.cli.terminal import say
from upspiral.formatting import number_of


def upgrade_db(data: Data = None, database: Database = None) -> None:
    """Bring the database to the newest schema."""
    from upspiral.admin.database import upgrade_database
    from upspiral.config import load

    settings = load(data=data, database_url=database)
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    before, now = upgrade_database(settings)
    say("The database is at revision {now} (was {before}).", now=now, before=before or "empty")


def recount_db(data: Data = None, database: Database = None) -> None:
    """Recount what happened, day by day; a running server goes on meanwhile."""
    from upspiral.admin.database import recount_database
    from upspiral.config import load

    for workspace, found in recount_database(load(data=data, database_url=database)).items():
        say(
            "{workspace}: counted {interactions} on {days} of agents again;"
            " {mended} counts were not right and are now.",
            workspace=workspace,
            interactions=number_of(found.interactions, "interaction"),
            days=number_of(found.days, "day"),
            mended=found.mended,
        )


COMMANDS = (upgrade_db, recount_db)
