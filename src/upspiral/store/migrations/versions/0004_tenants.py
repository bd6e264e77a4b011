"""A second net on PostgreSQL: the database itself hides other workspaces' rows from a request."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = (
    "agent_versions", "agents", "attempts", "choices", "cycle_events", "cycles", "datasets", "deployments",
    "early_feedback", "erasures", "eval_reports", "examples", "feedback", "gate_decisions", "interactions",
    "keys", "learning_runs", "model_versions", "outcomes", "patterns", "rewrites", "rollups", "spans",
    "tool_rollups", "training_jobs",
)  # fmt: skip
"""All that have a workspace; the test of the migrations holds this list against the nouns."""
MINE = "coalesce(current_setting('upspiral.workspace', true), '') IN ('', workspace)"


def upgrade() -> None:
    """Bring the schema forward."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for name in TABLES:
        op.execute(f'ALTER TABLE "{name}" ENABLE ROW LEVEL SECURITY')
        op.execute(f'ALTER TABLE "{name}" FORCE ROW LEVEL SECURITY')
        op.execute(f'CREATE POLICY tenant ON "{name}" USING ({MINE}) WITH CHECK (true)')
