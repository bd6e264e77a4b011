"""Where everything is kept: one class per noun, all SQL, SQLite and PostgreSQL."""

from upspiral.store.store import Store

__all__ = ["Store"]
