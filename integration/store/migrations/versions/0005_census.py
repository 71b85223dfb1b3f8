"""The census: cut points of all customers' values, by which each is compared with the others."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table; the next assignment fills it when the policy compares customers."""
    op.create_table(
        "census",
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("signature"),
    )
