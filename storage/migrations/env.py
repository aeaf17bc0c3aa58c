"""What Alembic runs: the steps go over the connection and inside the transaction `storage.migrate` opened."""

from alembic import context
from sqlalchemy import Connection

from storage.migrate import is_ours
from storage.tables import metadata

_connection: Connection = context.config.attributes["connection"]

context.configure(
    connection=_connection,
    target_metadata=metadata,
    include_name=is_ours,
    # SQLite can roll back DDL; Alembic assumes it cannot because the driver used to commit before it.
    transactional_ddl=True,
)

with context.begin_transaction():
    context.run_migrations()
