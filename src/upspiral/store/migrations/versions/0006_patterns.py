"""Learn: patterns that are found again, and how they differ from the rest."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

MOMENT = sa.DateTime(timezone=True)
DATA = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBERS = {"rest_failure_rate": "0", "difference_low": "-1", "difference_high": "1", "p_value": "1"}


def upgrade() -> None:
    """Bring the schema forward."""
    added: list[sa.Column[Any]] = [sa.Column("conditions", DATA, nullable=False, server_default="[]")]
    added += [sa.Column(n, sa.Float(), nullable=False, server_default=value) for n, value in NUMBERS.items()]
    added += [sa.Column(name, MOMENT, nullable=True) for name in ("first_seen", "last_seen")]
    added.append(sa.Column("rest_conversations", sa.Integer(), nullable=False, server_default="0"))
    added.append(sa.Column("times", sa.Integer(), nullable=False, server_default="1"))
    added.append(sa.Column("changed_on", sa.Text(), nullable=True))
    for column in added:
        op.add_column("patterns", column)
    op.execute('UPDATE patterns SET first_seen = "at", last_seen = "at"')
