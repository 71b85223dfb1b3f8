"""Which waiting wish is sent first: the ticket whose promise breaks soonest."""

import sqlalchemy as sa
from alembic import op

from integration.store.outbox import NOBODY_WAITS, URGENCY

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the column, fill it for what waits, and index it."""
    never = sa.text(str(NOBODY_WAITS))
    op.add_column("outbox", sa.Column("due", sa.BigInteger(), nullable=False, server_default=never))
    urgency = URGENCY.format(ticket="outbox.ticket_id")
    op.execute(f"UPDATE outbox SET due = {urgency}")  # noqa: S608  # fixed text
    op.create_index("outbox_by_urgency", "outbox", ["state", "due", "ticket_id"])
    op.drop_index("outbox_by_state", "outbox")
