"""Read the newest of a workspace without sorting all of it; count by domain, the word used elsewhere."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_index("ix_interactions_workspace_at", "interactions", ["workspace", "at"])
    op.execute("ALTER TABLE rollups RENAME COLUMN task TO domain")
