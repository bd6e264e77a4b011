"""Why a teacher's answer cannot be taught; and how many failures and good answers a dataset holds."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("rewrites", sa.Column("unusable", sa.Text(), nullable=True))
    for name in ("taught", "heldout_good", "drawn_wrong"):
        op.add_column("datasets", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
