"""A second net on PostgreSQL: the database itself hides other workspaces' rows from a request."""

from upspiral.store.rls import enable_row_level_security

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
"""All that had a workspace by then."""


def upgrade() -> None:
    """Bring the schema forward."""
    enable_row_level_security(*TABLES)
