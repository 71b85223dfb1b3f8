"""Runs one migration in the transaction that the store hands over; never opens a connection itself."""

from alembic import context

from integration.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
