"""What a screening read of everyone, by which the next one finds who reads otherwise."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the table; the next screening fills it."""
    op.create_table(
        "prints",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("print", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id"),
    )
