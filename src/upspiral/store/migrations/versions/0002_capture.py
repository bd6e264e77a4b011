"""Capture at depth: spans, early feedback, keys, repeated requests, erasure."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

MOMENT = sa.DateTime(timezone=True)
DATA = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SPARSE = ("deployment", "trace", "client_id", "end_user")


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("interactions", sa.Column("client_id", sa.Text(), nullable=True))
    op.drop_index("ix_interactions_workspace_deployment_arm", "interactions")
    for column in SPARSE:
        differs = [sa.column("trace") != sa.column("conversation")] if column == "trace" else []
        given = sa.and_(sa.column(column).is_not(None), *differs)
        op.create_index(
            f"ix_interactions_workspace_{column}",
            "interactions",
            ["workspace", column],
            sqlite_where=given,
            postgresql_where=given,
        )
    op.add_column("feedback", sa.Column("metadata", DATA, nullable=False, server_default="{}"))
    op.create_index("ix_feedback_workspace_at", "feedback", ["workspace", "at"])
    for name in ("datasets", "model_versions"):
        op.add_column(
            name, sa.Column("holds_erased", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    _spans()
    _early_feedback()
    _access()


def _spans() -> None:
    op.create_table(
        "spans",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("duration_ms", sa.Float(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("interaction", sa.Text(), nullable=True),
        sa.Column("attributes", DATA, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    op.create_index("ix_spans_workspace_trace", "spans", ["workspace", "trace"])


def _early_feedback() -> None:
    op.create_table(
        "early_feedback",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("signal", DATA, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    op.create_index("ix_early_feedback_workspace_by_key", "early_feedback", ["workspace", "by", "key"])


def _access() -> None:
    op.create_table(
        "keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("scopes", DATA, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("revoked", MOMENT, nullable=True),
        sa.Column("per_minute", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    op.create_index("ix_keys_sha256", "keys", ["sha256"])
    op.create_table(
        "attempts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    op.create_index("ix_attempts_at", "attempts", ["at"])
    op.create_table(
        "erasures",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("interactions", sa.Integer(), nullable=False),
        sa.Column("feedback", sa.Integer(), nullable=False),
        sa.Column("examples", sa.Integer(), nullable=False),
        sa.Column("datasets", DATA, nullable=False),
        sa.Column("models", DATA, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id"),
    )
    op.create_index("ix_erasures_workspace_at", "erasures", ["workspace", "at"])
