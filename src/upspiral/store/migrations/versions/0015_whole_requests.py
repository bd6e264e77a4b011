"""Interactions hold the whole request: its options, and answers in parts."""

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
