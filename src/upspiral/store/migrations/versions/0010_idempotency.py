"""Requests with an idempotency key have leases; what was kept before, keys in clear included, goes."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.execute("DELETE FROM attempts")
    op.add_column("attempts", sa.Column("until", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "attempts", sa.Column("media_type", sa.Text(), nullable=False, server_default="application/json")
    )
    op.add_column("attempts", sa.Column("about", sa.Text(), nullable=True))
