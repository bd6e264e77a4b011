"""An erasure says when it was done; signals of pages, and cases of people nobody vouches for, are known."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Bring the schema forward; the files of past erasures are looked at once more."""
    op.add_column("feedback", sa.Column("public", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("examples", sa.Column("public_rater", sa.Text(), nullable=True))
    given = sa.text("public_rater IS NOT NULL")
    op.create_index(
        "ix_examples_workspace_public_rater",
        "examples",
        ["workspace", "public_rater"],
        sqlite_where=given,
        postgresql_where=given,
    )
    op.add_column("erasures", sa.Column("files", JSON, nullable=False, server_default="[]"))
    op.add_column("erasures", sa.Column("finished", sa.DateTime(timezone=True), nullable=True))
