"""A run of several agents or models counts for each of them: who took part, and the counts by day."""

import json
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from alembic import op

from upspiral.store.rls import enable_row_level_security

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
BATCH_ROWS = 1000
MAX_NAMES, MAX_NAME_LENGTH = 100, 200


def upgrade() -> None:
    """Bring the schema forward."""
    participants = op.create_table(
        "participants",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("workspace", "interaction", "agent")),
        sa.Column("at", MOMENT, nullable=False),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("credited", "ran", "counted")),
        sa.PrimaryKeyConstraint("workspace", "interaction", "agent"),
    )
    op.create_index("ix_participants_workspace_agent_at", "participants", ["workspace", "agent", "at"])
    names = ("workspace", "day", "agent", "model", "version", "domain")
    op.create_table(
        "shared_rollups",
        *(sa.Column(name, sa.Text(), nullable=False) for name in names),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("n", "successes", "failures", "errors")),
        *(
            sa.Column(name, sa.Float(), nullable=False)
            for name in ("latency_ms", "input_tokens", "output_tokens", "cost")
        ),
        sa.Column("priced", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*names),
    )
    enable_row_level_security("participants", "shared_rollups")
    _fill(op.get_bind(), participants)


def _fill(connection: sa.Connection, participants: sa.Table) -> None:
    """Write down who took part in what was recorded before; the counts follow at the first start."""
    text, interactions = sa.cast(sa.column("metadata"), sa.Text()), sa.table("interactions")
    names = [sa.column(name, sa.Text()) for name in ("workspace", "id", "agent")]
    statement = (
        sa.select(*names, sa.column("at", MOMENT), text.label("metadata"))
        .select_from(interactions)
        .where(sa.or_(text.like('%"models"%'), text.like('%"agreed"%')))
    )
    rows: list[dict[str, Any]] = []
    found: list[Any] = [*connection.execute(statement)]
    for workspace, ident, agent, at, metadata in found:
        rows += [
            {"workspace": workspace, "interaction": ident, "agent": name, "at": at, **flags}
            for name, flags in _read(agent, json.loads(metadata)).items()
        ]
    for start in range(0, len(rows), BATCH_ROWS):
        connection.execute(participants.insert(), rows[start : start + BATCH_ROWS])


def _read(agent: str, metadata: dict[str, str]) -> dict[str, dict[str, bool]]:
    """Give who took part; the same as the code of this revision says of a new record."""
    models, agreed = _split(metadata.get("models", "")), _split(metadata.get("agreed", ""))
    models = models or [agent]
    by_gateway = "ensemble" in metadata or "cascade" in metadata
    if by_gateway or len(models) < 2:
        credited = [agent, *agreed]
    else:
        credited = models if agent in ("+".join(models), *models) else [agent, *models]
    if set(credited) == set(models) == {agent}:
        return {}
    return {
        name: {
            "credited": name in credited,
            "ran": name in models,
            "counted": name in credited and name != agent and not by_gateway,
        }
        for name in dict.fromkeys([*credited, *models])
    }


def _split(names: str) -> list[str]:
    parts: list[Any] = names.split(",")
    if names.startswith("["):
        with suppress(ValueError):
            read = json.loads(names)
            parts = read if all(isinstance(one, str) for one in read) else parts
    found = dict.fromkeys(one.strip() for one in parts)
    return [one for one in found if 0 < len(one) <= MAX_NAME_LENGTH][:MAX_NAMES]
