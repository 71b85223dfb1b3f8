"""The language of the customer's first message on each ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add what a message is in, and how probable that is; both fill where messages are read."""
    op.add_column("tickets", sa.Column("message_language", sa.Text(), nullable=True))
    op.add_column("tickets", sa.Column("message_language_probability", sa.Double(), nullable=True))
