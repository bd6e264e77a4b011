"""A person may be asked before a learned text stands before a model."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from upspiral.store.rls import enable_row_level_security

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLE = "approvals"


def upgrade() -> None:
    """Bring the schema forward; nobody was asked before."""
    names = sa.JSON().with_variant(JSONB(), "postgresql")
    words = ("id", "workspace", "agent", "cycle", "lever", "candidate", "live", "text_sha256")
    op.create_table(
        TABLE,
        *(sa.Column(name, sa.Text(), nullable=False) for name in (*words, "summary", "state", "decided_by")),
        sa.Column("weaknesses", names, nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("at", "expires")),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("teacher", "decided_key", "used_in")),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    op.create_index("ix_approvals_workspace_agent_at", TABLE, ["workspace", "agent", "at"])
    enable_row_level_security(TABLE)
