"""A judge compares recorded conversations, and candidates answer copies of requests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from upspiral.store.rls import enable_row_level_security

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLE = "shadow_answers"
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Bring the schema forward; earlier datasets hold no such cases, and no request was copied."""
    op.add_column("examples", sa.Column("recorded", JSON, nullable=True))
    op.add_column("datasets", sa.Column("heldout_recorded", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("agents", sa.Column("shadow_share", sa.Float(), nullable=True))
    words = ("id", "workspace", "agent", "candidate", "incumbent", "interaction", "answer")
    op.create_table(
        TABLE,
        *(sa.Column(name, sa.Text(), nullable=False) for name in words),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    op.create_index(f"ix_{TABLE}_workspace_candidate_at", TABLE, ["workspace", "candidate", "at"])
    op.create_index(f"ix_{TABLE}_workspace_interaction", TABLE, ["workspace", "interaction"])
    enable_row_level_security(TABLE)
