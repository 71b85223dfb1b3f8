"""When each customer has to be looked at again although nothing was changed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"


def upgrade() -> None:
    """Create the table; the next assignment looks at everyone and fills it."""
    op.create_table(
        "due",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id"),
    )
    op.create_index("due_by_at", "due", ["at"], unique=False)
