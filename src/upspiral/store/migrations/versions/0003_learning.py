"""Learn: runs of the learning cycle."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

MOMENT = sa.DateTime(timezone=True)
DATA = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "learning_runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("learned", DATA, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    few = sa.column("kind") == sa.literal_column("'recommendation'")
    op.create_index(
        "ix_interactions_recommendations",
        "interactions",
        ["workspace", "at"],
        sqlite_where=few,
        postgresql_where=few,
    )
    op.create_index("ix_learning_runs_workspace_at", "learning_runs", ["workspace", "at"])
