"""Make rows whole that an older version wrote with numbers that are not finite, so that they can be read."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward: such a number becomes 0, which stands for unknown."""
    # PostgreSQL takes NaN for greater than any other number
    op.execute("UPDATE interactions SET latency_ms = 0 WHERE latency_ms > 1e15 OR latency_ms < -1e15")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "UPDATE interactions SET usage = json_set(usage, '$.cost', 0.0)"
            " WHERE json_valid(usage) AND json_type(usage, '$.cost') = 'null'"
        )
        return
    op.execute(
        "UPDATE interactions SET usage = jsonb_set(usage, '{cost}', '0.0')"
        " WHERE usage->'cost' = 'null'::jsonb"
    )
