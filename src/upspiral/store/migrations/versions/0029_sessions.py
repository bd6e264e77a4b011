"""Browsers sign in to the console, and what people change is written down."""

import sqlalchemy as sa
from alembic import op

from upspiral.store.rls import enable_row_level_security

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Bring the schema forward; nobody is signed in yet."""
    for name in ("sessions", "sign_in_links"):
        op.create_table(
            name,
            *(sa.Column(word, sa.Text(), nullable=False) for word in ("sha256", "workspace", "key")),
            *(sa.Column(moment, MOMENT, nullable=False) for moment in ("at", "expires")),
            sa.PrimaryKeyConstraint("workspace", "sha256"),
        )
        op.create_index(f"ix_{name}_sha256", name, ["sha256"])
        enable_row_level_security(name)
    op.create_index("ix_sessions_expires", "sessions", ["expires"])
    words = ("id", "workspace", "key", "key_name", "via", "action", "path", "detail")
    op.create_table(
        "audit_entries",
        *(sa.Column(word, sa.Text(), nullable=False) for word in words),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    op.create_index("ix_audit_entries_workspace_at", "audit_entries", ["workspace", "at"])
    enable_row_level_security("audit_entries")
