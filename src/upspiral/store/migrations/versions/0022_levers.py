"""Nights try several levers, whose drafts compete on cases of their own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from upspiral.store.rls import enable_row_level_security

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLE = "lever_trials"


def upgrade() -> None:
    """Bring the schema forward; nights of before used one lever, and every dataset two sides."""
    names = sa.JSON().with_variant(JSONB(), "postgresql")
    for table in ("agents", "cycles"):
        op.add_column(table, sa.Column("levers", names, nullable=False, server_default="[]"))
    op.add_column("datasets", sa.Column("selection", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("eval_reports", sa.Column("split", sa.Text(), nullable=False, server_default="heldout"))
    words = ("id", "workspace", "agent", "cycle", "lever", "state", "reason")
    op.create_table(
        TABLE,
        *(sa.Column(name, sa.Text(), nullable=False) for name in words),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected_gain", sa.Float(), nullable=False),
        sa.Column("estimated_usd", sa.Float(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("candidate", "report")),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("gain", "gain_low")),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    op.create_index("ix_lever_trials_workspace_cycle", TABLE, ["workspace", "cycle"])
    op.create_index("ix_lever_trials_workspace_agent_at", TABLE, ["workspace", "agent", "at"])
    enable_row_level_security(TABLE)
