"""Recorded conversations may be cases that a judge compares, with what was answered then."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Bring the schema forward; earlier datasets hold no such cases."""
    op.add_column("examples", sa.Column("recorded", JSON, nullable=True))
    op.add_column("datasets", sa.Column("heldout_recorded", sa.Integer(), nullable=False, server_default="0"))
