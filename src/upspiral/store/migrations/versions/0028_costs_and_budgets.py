"""Drafts are chosen by what serving them costs too, and agents have budgets of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward; of past drafts the cost is not known, and no agent has a budget yet."""
    op.add_column("lever_trials", sa.Column("usd_per_1000", sa.Float(), nullable=True))
    op.add_column("agents", sa.Column("budget_tokens", sa.BigInteger(), nullable=True))
    op.add_column("agents", sa.Column("budget_usd", sa.Float(), nullable=True))
