"""Learn: counts by day, and runs of the learning cycle."""

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
    _rollups()
    _choices()


def _rollups() -> None:
    names = ("workspace", "day", "agent", "model", "version", "task")
    op.create_table(
        "rollups",
        *(sa.Column(name, sa.Text(), nullable=False) for name in names),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("n", "successes", "failures", "errors")),
        sa.Column("latency_ms", sa.Float(), nullable=False),
        sa.Column("input_tokens", sa.Float(), nullable=False),
        sa.Column("output_tokens", sa.Float(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint(*names),
    )
    tool_names = ("workspace", "day", "agent", "tool")
    counts = ("calls", "errors", "n", "successes", "failures")
    op.create_table(
        "tool_rollups",
        *(sa.Column(name, sa.Text(), nullable=False) for name in tool_names),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        sa.PrimaryKeyConstraint(*tool_names),
    )


def _choices() -> None:
    op.create_table(
        "choices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    op.create_index("ix_choices_workspace_at", "choices", ["workspace", "at"])
    op.create_index("ix_outcomes_workspace_at", "outcomes", ["workspace", "at"])
