"""Nights see what was judged late, and another server takes up those of one that is gone."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "executors",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("cycles", sa.Column("used", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cycles", sa.Column("scheduled", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("cycles", sa.Column("rated", sa.Integer(), nullable=False, server_default="0"))
