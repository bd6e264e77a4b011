"""Pictures and other files are kept apart; a table says which records hold them."""

import sqlalchemy as sa
from alembic import op

from upspiral.store.rls import enable_row_level_security

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLE = "attachment_uses"


def upgrade() -> None:
    """Bring the schema forward."""
    names = ("workspace", "sha256", "interaction")
    op.create_table(
        TABLE,
        *(sa.Column(name, sa.Text(), nullable=False) for name in names),
        sa.PrimaryKeyConstraint(*names),
    )
    op.create_index("ix_attachment_uses_workspace_interaction", TABLE, ["workspace", "interaction"])
    enable_row_level_security(TABLE)
