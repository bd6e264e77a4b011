"""Lists of a million interactions are read by an index: of a verdict, a model and a kind."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward: each outcome says when its interaction happened."""
    moment = sa.DateTime(timezone=True)
    begin = sa.text("'1970-01-01 00:00:00.000000'")
    op.add_column("outcomes", sa.Column("interaction_at", moment, nullable=False, server_default=begin))
    op.execute(
        "UPDATE outcomes SET interaction_at = interactions.at FROM interactions WHERE"
        " interactions.workspace = outcomes.workspace AND interactions.id = outcomes.interaction"
    )
    op.drop_index("ix_outcomes_workspace_agent_status", "outcomes")
    verdict = ["status", "interaction_at"]
    op.create_index(
        "ix_outcomes_workspace_agent_status_interaction_at", "outcomes", ["workspace", "agent", *verdict]
    )
    op.create_index("ix_outcomes_workspace_status_interaction_at", "outcomes", ["workspace", *verdict])
    op.create_index("ix_interactions_workspace_model_at", "interactions", ["workspace", "model", "at"])
    task = sa.text("kind = 'task'")
    op.create_index(
        "ix_interactions_tasks",
        "interactions",
        ["workspace", "at"],
        sqlite_where=task,
        postgresql_where=task,
    )
