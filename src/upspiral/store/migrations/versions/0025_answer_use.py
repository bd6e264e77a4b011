"""Comparisons keep what the answers of both sides consumed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Bring the schema forward; of earlier comparisons it is not known."""
    op.add_column("eval_reports", sa.Column("candidate_use", JSON, nullable=True))
    op.add_column("eval_reports", sa.Column("incumbent_use", JSON, nullable=True))
