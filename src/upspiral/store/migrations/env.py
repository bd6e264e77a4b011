"""How does Alembic reach the database? Through the connection that `store.migrate` hands it."""

from alembic import context

from upspiral.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
