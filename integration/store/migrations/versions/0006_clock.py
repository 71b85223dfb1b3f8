"""When each customer is due although nothing was changed, and what was decided before."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables; the next assignment looks at everyone and fills the first."""
    op.create_table(
        "due",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id"),
    )
    op.create_index("due_by_at", "due", ["at"], unique=False)
    op.create_table(
        "past_standings",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("assigned_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "assigned_at"),
    )
    op.create_index("past_standings_by_until", "past_standings", ["until"], unique=False)
    op.create_table(
        "past_decisions",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "decided_at"),
    )
    op.create_index("past_decisions_by_until", "past_decisions", ["until"], unique=False)
    op.create_index("past_decisions_by_customer", "past_decisions", ["customer_id", "until"], unique=False)
