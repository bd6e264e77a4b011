"""Nights that are begun where none is run wait for a worker."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward; every night so far was begun where it ran."""
    op.add_column("cycles", sa.Column("handed_over", sa.Boolean(), nullable=False, server_default=sa.false()))
