"""Agents have a description."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("agents", sa.Column("description", sa.Text(), nullable=False, server_default=""))
