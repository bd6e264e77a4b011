"""Whoever takes a night up raises its fencing token; who is held up meanwhile writes no more for it."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward; a night under way belongs to whoever takes it up next."""
    op.add_column("cycles", sa.Column("executor", sa.Text(), nullable=False, server_default=""))
    op.add_column("cycles", sa.Column("fencing_token", sa.Integer(), nullable=False, server_default="0"))
