"""Counts say of how many Interactions the cost is known."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward; where costs were counted, they were those of all."""
    op.add_column("rollups", sa.Column("priced", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE rollups SET priced = n WHERE cost > 0")
