"""People sign in by a password; how often something recurs may differ by workspace."""

import sqlalchemy as sa
from alembic import op

from upspiral.store.rls import enable_row_level_security

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Bring the schema forward; nobody has a password, and every rhythm is that of the settings."""
    for name, words, key in (
        ("passwords", ("workspace", "name", "key", "scrypt"), ("name",)),
        ("own_rhythms", ("workspace", "name", "rhythm"), ("workspace", "name")),
    ):
        op.create_table(
            name,
            *(sa.Column(word, sa.Text(), nullable=False) for word in words),
            sa.Column("at", MOMENT, nullable=False),
            sa.PrimaryKeyConstraint(*key),
        )
        enable_row_level_security(name)
    op.create_index("ix_sessions_workspace_key", "sessions", ["workspace", "key"])
