"""Memories of verified answers; versions name one, Interactions which of its items were shown."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from upspiral.store.rls import enable_row_level_security

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
ITEMS = ("id", "workspace", "memory", "interaction", "conversation", "question", "answer", "kind", "source")


def upgrade() -> None:
    """Bring the schema forward; versions that there are have no memory."""
    op.create_table(
        "memories",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "workspace", "agent")),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("max_shown", sa.Integer(), nullable=False),
        sa.Column("max_tokens", sa.Integer(), nullable=False),
        sa.Column("dropped", JSON, nullable=False),
        sa.Column("erased", JSON, nullable=False),
        sa.Column("erasures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    op.create_index("ix_memories_workspace_agent_at", "memories", ["workspace", "agent", "at"])
    op.create_table(
        "memory_items",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ITEMS),
        sa.Column("end_user", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "memory", "id"),
    )
    op.create_index("ix_memory_items_workspace_interaction", "memory_items", ["workspace", "interaction"])
    op.create_index("ix_memory_items_workspace_id", "memory_items", ["workspace", "id"])
    given = sa.text("end_user IS NOT NULL")
    op.create_index(
        "ix_memory_items_workspace_end_user",
        "memory_items",
        ["workspace", "end_user"],
        sqlite_where=given,
        postgresql_where=given,
    )
    op.add_column("agent_versions", sa.Column("memory", sa.Text(), nullable=True))
    op.add_column("interactions", sa.Column("shown", JSON, nullable=False, server_default="[]"))
    op.add_column("erasures", sa.Column("versions", JSON, nullable=False, server_default="[]"))
    enable_row_level_security("memories", "memory_items")
