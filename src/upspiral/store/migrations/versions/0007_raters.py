"""Raters: how much each one's word counts, and why."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from upspiral.store.rls import enable_row_level_security

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    names = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    shares = ("weight", "right", "right_on_good", "right_on_bad", "typical")
    op.create_table(
        "rater_weights",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voice", sa.Text(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in shares),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("bloc", names, nullable=False),
        sa.Column("in_step", names, nullable=False),
        sa.Column("agreed", sa.Float(), nullable=True),
        sa.Column("expected", sa.Float(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    op.create_index("ix_rater_weights_workspace_at", "rater_weights", ["workspace", "at"])
    enable_row_level_security("rater_weights")
