"""Each row of the journal with the hash of all before it."""

import sqlalchemy as sa
from alembic import op

from integration.store.chain import FIRST, link

revision = "0011"
down_revision = "0010"

_COLUMNS = "id, at, run, job, ticket_id, field, event, before, after, reason, policy"


def upgrade() -> None:
    """Add the column, and link the rows that are there in their order, some at a time."""
    op.add_column("journal", sa.Column("chain", sa.Text(), nullable=False, server_default=""))
    connection, chain, after = op.get_bind(), FIRST, 0
    while True:
        query = f"SELECT {_COLUMNS} FROM journal WHERE id > ? ORDER BY id LIMIT 1000"  # noqa: S608  # fixed text
        rows = connection.exec_driver_sql(query, (after,)).fetchall()
        if not rows:
            return
        linked = []
        for row in rows:
            chain = link(chain, tuple(row[1:]))
            linked.append((chain, row[0]))
        connection.exec_driver_sql("UPDATE journal SET chain = ? WHERE id = ?", linked)
        after = rows[-1][0]
