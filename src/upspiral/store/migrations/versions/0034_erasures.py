"""An erasure says when all of it was done, so that one that was cut off goes on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0034"
down_revision = "0031"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Bring the schema forward; the files of past erasures are looked at once more."""
    op.add_column("erasures", sa.Column("files", JSON, nullable=False, server_default="[]"))
    op.add_column("erasures", sa.Column("finished", sa.DateTime(timezone=True), nullable=True))
