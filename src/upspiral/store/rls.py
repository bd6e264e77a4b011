"""How does PostgreSQL itself hide a new table's rows of other workspaces? Used by migrations."""

from alembic import op

WORKSPACE_CONDITION = "coalesce(current_setting('upspiral.workspace', true), '') IN ('', workspace)"


def enable_row_level_security(*tables: str) -> None:
    """Put row-level security on tables with a workspace; SQLite has none."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for name in tables:
        op.execute(f'ALTER TABLE "{name}" ENABLE ROW LEVEL SECURITY')
        op.execute(f'ALTER TABLE "{name}" FORCE ROW LEVEL SECURITY')
        op.execute(f'CREATE POLICY tenant ON "{name}" USING ({WORKSPACE_CONDITION}) WITH CHECK (true)')
