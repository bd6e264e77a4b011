"""Raters: what a word weighs by what it says, good or bad."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward; until raters are weighed again, both words count what the rater counted."""
    for name in ("weight_good", "weight_bad"):
        op.add_column("rater_weights", sa.Column(name, sa.Float(), nullable=False, server_default="1"))
    op.execute("UPDATE rater_weights SET weight_good = weight, weight_bad = weight")
