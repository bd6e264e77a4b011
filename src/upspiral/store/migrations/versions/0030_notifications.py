"""Notifications, the webhooks they are sent to, and their deliveries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from upspiral.store.rls import enable_row_level_security

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Bring the schema forward; what happened before is told to nobody."""
    _make(
        "notifications",
        _text("type", "body"),
        _moment("at"),
        sa.Column("queued", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_notifications_queued_at", "notifications", ["queued", "at"])
    _make(
        "webhooks",
        _text("kind", "address", "shown", "disabled"),
        _moment("at"),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("events", JSON, nullable=False),
        sa.Column("secret_number", sa.Integer(), nullable=False),
        sa.Column("rotated", MOMENT, nullable=True),
    )
    _make(
        "deliveries",
        _text("webhook", "notification", "state", "note"),
        _moment("at", "next_at"),
        sa.Column("attempts", sa.Integer(), nullable=False),
    )
    op.create_index("ix_deliveries_state_next_at", "deliveries", ["state", "next_at"])
    op.create_index("ix_deliveries_workspace_webhook_at", "deliveries", ["workspace", "webhook", "at"])
    enable_row_level_security("notifications", "webhooks", "deliveries")


def _make(name: str, *columns: "list[sa.Column[str]] | list[sa.Column[object]] | sa.Column[object]") -> None:
    flat = [one for each in columns for one in (each if isinstance(each, list) else [each])]
    op.create_table(name, *_text("id", "workspace"), *flat, sa.PrimaryKeyConstraint("workspace", "id"))


def _text(*names: str) -> "list[sa.Column[str]]":
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _moment(*names: str) -> "list[sa.Column[object]]":
    return [sa.Column(name, MOMENT, nullable=False) for name in names]
