"""Judges: what each said of a pair, what people said of it, and who compared the answers of a report."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from upspiral.store.rls import enable_row_level_security

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "judge_verdicts",
        *(_text(name) for name in ("id", "workspace", "judge", "agent", "pair", "tripwire")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    op.create_index("ix_judge_verdicts_workspace_judge_at", "judge_verdicts", ["workspace", "judge", "at"])
    op.create_index("ix_judge_verdicts_workspace_pair", "judge_verdicts", ["workspace", "pair"])
    op.create_table(
        "pair_labels",
        *(_text(name) for name in ("id", "workspace", "agent", "report", "pair", "slice", "rater")),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    op.create_index("ix_pair_labels_workspace_agent_at", "pair_labels", ["workspace", "agent", "at"])
    op.create_table(
        "judge_versions",
        *(_text(name) for name in ("id", "workspace")),
        sa.Column("version", JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    for table in ("judge_versions", "judge_verdicts", "pair_labels"):
        enable_row_level_security(table)
    op.add_column("eval_reports", sa.Column("judge", sa.Text(), nullable=True))


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)
