"""Teaching cases keep the tools of their request, and what its calls were and gave."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Bring the schema forward; cases of earlier nights have no tools, and stay as they are."""
    op.add_column("examples", sa.Column("options", JSON, nullable=True))
    op.add_column("examples", sa.Column("tool_messages", JSON, nullable=False, server_default="[]"))
