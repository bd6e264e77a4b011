"""Interactions hold the whole request, answers in parts, and what the next turn of a talk begins with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Bring the schema forward; what was recorded before holds text alone, and stays as it is.

    Both databases add such columns without rewriting a row, so a server may go on while it happens.
    """
    op.add_column("interactions", sa.Column("options", JSON, nullable=True))
    op.add_column("interactions", sa.Column("answer_parts", JSON, nullable=False, server_default="[]"))
    op.add_column("interactions", sa.Column("prefix_hash", sa.Text(), nullable=True))
    given = sa.text("prefix_hash IS NOT NULL")
    op.create_index(
        "ix_interactions_workspace_prefix_hash",
        "interactions",
        ["workspace", "prefix_hash"],
        sqlite_where=given,
        postgresql_where=given,
    )
