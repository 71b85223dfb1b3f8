"""Which waiting wish is sent first: the ticket whose promise breaks soonest."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the column, fill it for what waits, and index it."""
    op.add_column("outbox", sa.Column("due", sa.BigInteger(), nullable=False, server_default=str(1 << 53)))
    op.execute(
        "UPDATE outbox SET due = coalesce((SELECT coalesce(t.breach_at, t.waiting_since + 86400)"
        " FROM tickets AS t WHERE t.id = outbox.ticket_id), 1 << 53)"
    )
    op.create_index("outbox_by_urgency", "outbox", ["state", "due", "ticket_id"])
    op.drop_index("outbox_by_state", "outbox")
